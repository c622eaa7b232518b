import { describe, expect, test } from "vitest";
import { judge, outcomes, rowsOf } from "../../test/support/evaluation.ts";

describe("a gate on the change against the champion", () => {
  const paired = { rows: rowsOf(outcomes({ both: 79, onlyChampion: 1, neither: 20 })) };

  test("tolerates as much as it says, rounding aside", () => {
    const [verdict] = judge({ change: { absolute: 0.01 } }, paired);
    expect(verdict).toMatchObject({ status: "Successful", bound: -0.01, n: 100 });
    expect(verdict?.observed).toBeCloseTo(-0.01, 12);
    expect(verdict?.message).toBe("accuracy 0.79 against 0.8: worse by 0.01, 0.01 tolerated (n 100); no error rate");
    expect(judge({ change: { absolute: 0.009 } }, paired)[0]?.status).toBe("Failed");
  });

  test("holds the tighter of both tolerances", () => {
    expect(judge({ change: { absolute: 1, relative: 0.0124 } }, paired)[0]?.status).toBe("Failed");
    expect(judge({ change: { absolute: 1, relative: 0.0126 } }, paired)[0]?.status).toBe("Successful");
  });

  test("knows which direction is bad", () => {
    const metrics = {
      baseline: true,
      candidateMetrics: { wer: { value: 0.2 } },
      championMetrics: { wer: { value: 0.1 } },
    };
    const gate = { metric: "wer", direction: "increase", change: { absolute: 0.05 } } as const;
    expect(judge(gate, metrics)[0]).toMatchObject({ status: "Failed", bound: 0.05 });
    expect(judge({ ...gate, direction: "decrease" }, metrics)[0]?.message).toMatch(/better by 0\.1/u);
    expect(judge(gate, { ...metrics, candidateMetrics: metrics.championMetrics })[0]?.message).toMatch(/unchanged/u);
  });

  test("is an error when a relative tolerance meets a champion's value of 0", () => {
    const metrics = { baseline: true, candidateMetrics: { a: { value: 0 } }, championMetrics: { a: { value: 0 } } };
    expect(judge({ metric: "a", change: { relative: 0.1 } }, metrics)[0]).toMatchObject({
      status: "Error",
      reason: "zeroBaseline",
    });
  });

  test("is an error when the champion did not report the metric", () => {
    const metrics = { baseline: true, candidateMetrics: { a: { value: 1 } } };
    expect(judge({ metric: "a", change: { absolute: 0.1 } }, metrics)[0]).toMatchObject({
      status: "Error",
      reason: "missingMetric",
      message: "the champion's evaluation reported no a; it reported: none",
    });
  });
});
