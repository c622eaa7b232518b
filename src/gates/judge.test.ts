import { describe, expect, test } from "vitest";
import { judge, outcomes, rowsOf } from "../../test/support/evaluation.ts";

const floor = { name: "floor", value: { lowerBound: 0.75 } };
const noWorse = { name: "no-worse", nonInferiority: { margin: 0.02, alpha: 0.05 } };

describe("a gate that compares, without a champion", () => {
  test.each([{ change: { absolute: 0.1 } }, noWorse])("is inconclusive for want of a baseline", (gate) => {
    const [verdict] = judge(gate, { rows: rowsOf([{ label: 1, candidate: 1 }]) });
    expect(verdict).toMatchObject({ status: "Inconclusive", reason: "noBaseline" });
  });

  test("still judges its value", () => {
    const rows = rowsOf([{ label: 1, candidate: 1 }]);
    const verdicts = judge({ ...noWorse, value: { lowerBound: 0.5 } }, { rows });
    expect(verdicts.map(({ name, status }) => [name, status])).toEqual([
      ["no-worse (value)", "Successful"],
      ["no-worse (nonInferiority)", "Inconclusive"],
    ]);
  });
});

describe("what cannot be judged", () => {
  test.each([
    [
      "a missing metric",
      { metric: "f1", value: { lowerBound: 0 } },
      { candidateMetrics: { f2: { value: 1 } } },
      "missingMetric",
    ],
    [
      "a metric that is NaN",
      { metric: "f1", value: { lowerBound: 0 } },
      { candidateMetrics: { f1: { value: Number.NaN } } },
      "notFinite",
    ],
    [
      "an infinite metric",
      { metric: "f1", value: { lowerBound: 0 } },
      { candidateMetrics: { f1: { value: Infinity } } },
      "notFinite",
    ],
    ["an inherited name", { metric: "constructor", value: { lowerBound: 0 } }, {}, "missingMetric"],
    [
      "an unreadable metrics.json",
      { metric: "f1", value: { lowerBound: 0 } },
      { metricsProblems: { candidate: "not JSON" } },
      "missingMetric",
    ],
    ["unusable predictions", floor, { rowsProblem: "ids repeat" }, "badPredictions"],
    ["no rows", floor, { rows: rowsOf([]) }, "insufficientData"],
    [
      "rows that could not be paired",
      noWorse,
      { baseline: true, rows: rowsOf([{ label: 1, candidate: 1 }]), pairingProblem: "other ids" },
      "notPaired",
    ],
    ["unusable predictions, compared", noWorse, { baseline: true, rowsProblem: "ids repeat" }, "badPredictions"],
    [
      "no predictions, compared",
      noWorse,
      { baseline: true, candidateMetrics: { accuracy: { value: 1 } } },
      "notPaired",
    ],
    [
      "a change without the champion's rows",
      { change: { absolute: 1 } },
      { baseline: true, rows: rowsOf([{ label: 1, candidate: 1 }]) },
      "notPaired",
    ],
    ["no condition at all", {}, { rows: rowsOf(outcomes({ both: 9 })) }, "noCondition"],
  ] as const)("%s is never a pass", (_, gate, evidence, reason) => {
    const [verdict] = judge(gate, evidence);
    expect(verdict?.status).toBe(reason === "insufficientData" ? "Inconclusive" : "Error");
    expect(verdict?.reason).toBe(reason);
  });

  const labelled = { label: 1, candidate: 1, champion: 1 } as const;

  test.each([
    ["logLoss", [labelled], "missingScore"],
    ["brier", [{ ...labelled, score: 1.2, championScore: 0.5 }], "badScore"],
    ["brier", [{ ...labelled, score: 0.5, championScore: -0.1 }], "badScore"],
    ["brier", [{ ...labelled, score: 0.5 }], "missingScore"],
    ["auc", [{ ...labelled, score: 0.5, championScore: 0.5 }], "oneClass"],
    [
      "auc",
      [
        { ...labelled, score: 0.5 },
        { ...labelled, label: 0, score: 0.5 },
      ],
      "missingScore",
    ],
    ["auc", [labelled], "missingScore"],
  ] as const)("%s of unsuitable rows is an error, for the value and for the comparison", (metric, rows, reason) => {
    const gate = { metric, change: { absolute: 9 }, nonInferiority: { margin: 9, alpha: 0.05 } };
    for (const verdict of judge(gate, { baseline: true, rows: rowsOf(rows) })) {
      expect(verdict).toMatchObject({ status: "Error", reason });
    }
  });

  test("scores of labels other than 0 and 1 are an error", () => {
    const rows = { ...rowsOf([{ ...labelled, score: 0.5, championScore: 0.5 }]), classes: ["no", "yes"] };
    expect(judge({ metric: "auc", value: { lowerBound: 0 } }, { rows })[0]).toMatchObject({
      reason: "badLabel",
      message: "auc needs labels 0 and 1; one is yes",
    });
  });

  test("a certain answer that is wrong costs a finite log loss, as in scikit-learn", () => {
    const rows = rowsOf([{ label: 1, candidate: 0, score: 0 }]);
    const [verdict] = judge({ metric: "logLoss", direction: "increase", value: { upperBound: 1 } }, { rows });
    expect(verdict?.status).toBe("Failed");
    expect(verdict?.observed).toBeCloseTo(36.04365338911715, 9);
  });
});
