import { describe, expect, test } from "vitest";
import { judge, outcomes, rowsOf } from "../../test/support/evaluation.ts";

const floor = { name: "floor", value: { lowerBound: 0.75 } };
const noWorse = { name: "no-worse", nonInferiority: { margin: 0.02, alpha: 0.05 } };

describe("a gate on slices", () => {
  const sliced = rowsOf([
    ...outcomes({ both: 300 }, "b"),
    ...outcomes({ both: 210, onlyChampion: 90 }, "a"),
    ...outcomes({ both: 5 }, "c"),
  ]);
  const bySlice = { ...noWorse, sliceBy: "group", minSliceSize: 50 };

  test("judges each value of the column by itself and only warns of those too small to be judged", () => {
    const verdicts = judge(bySlice, { rows: sliced });
    expect(verdicts.map(({ name, status, reason }) => [name, status, reason])).toEqual([
      ["no-worse [group=a]", "Failed", undefined],
      ["no-worse [group=b]", "Successful", undefined],
      ["no-worse [group=c]", "Warning", "insufficientData"],
    ]);
    expect(verdicts[0]?.evidence).toMatchObject({ slice: "group=a", correction: "none" });
  });

  test("is inconclusive when no value has enough rows", () => {
    const verdicts = judge({ ...bySlice, minSliceSize: 1_000 }, { rows: sliced });
    expect(verdicts.map(({ status }) => status)).toEqual(["Warning", "Warning", "Warning", "Inconclusive"]);
  });

  test("looks only at the slice that it names, and is inconclusive when that has too few rows", () => {
    expect(judge({ ...noWorse, slice: { group: "a" } }, { rows: sliced })[0]).toMatchObject({
      status: "Failed",
      n: 300,
    });
    const named = { ...noWorse, slice: { group: "c" }, minSliceSize: 50 };
    expect(judge(named, { rows: sliced })[0]).toMatchObject({
      status: "Inconclusive",
      reason: "insufficientData",
      n: 5,
    });
  });

  test("is inconclusive, never passed, when nobody is in its slice", () => {
    expect(judge({ ...floor, slice: { group: "nobody" } }, { rows: sliced })[0]).toMatchObject({
      status: "Inconclusive",
      n: 0,
    });
    const both = { ...floor, slice: { group: "nobody" }, sliceBy: "group" };
    expect(judge(both, { rows: sliced })[0]).toMatchObject({ status: "Error", reason: "noRows" });
  });

  test("keeps the scores with their rows", () => {
    const rows = rowsOf([
      { label: 1, candidate: 1, score: 0.9, slice: "a" },
      { label: 0, candidate: 0, score: 0.2, slice: "b" },
      { label: 1, candidate: 0, score: 0.4, slice: "b" },
    ]);
    const verdicts = judge(
      { metric: "brier", direction: "increase", sliceBy: "group", value: { upperBound: 1 } },
      { rows },
    );
    expect(verdicts.map(({ observed }) => observed?.toFixed(4))).toEqual(["0.0100", "0.2000"]);
  });

  test("is an error when the column is not there, with what the reader says of it", () => {
    const gate = { ...floor, sliceBy: "RACE" };
    expect(judge(gate, { rows: sliced })[0]).toMatchObject({ status: "Error", reason: "missingColumn" });
    const told = { rows: sliced, sliceProblems: { RACE: "predictions.parquet: it has no column RACE" } };
    expect(judge(gate, told)[0]?.message).toBe("predictions.parquet: it has no column RACE");
  });

  test("is an error without rows", () => {
    const candidateMetrics = { accuracy: { value: 1 } };
    expect(judge({ ...floor, sliceBy: "group" }, { candidateMetrics })[0]).toMatchObject({
      status: "Error",
      reason: "badPredictions",
    });
    expect(judge({ ...floor, sliceBy: "group" }, { rowsProblem: "broken" })[0]?.message).toBe("broken");
  });
});
