import { describe, expect, test } from "vitest";
import { judge, outcomes, rowsOf } from "../../test/support/evaluation.ts";

const floor = { name: "floor", value: { lowerBound: 0.75 } };

describe("a gate on the candidate's own value", () => {
  test("passes at its bound and fails below it, with Wilson's interval beside", () => {
    const [atBound] = judge(floor, { rows: rowsOf(outcomes({ both: 75, neither: 25 })) });
    expect(atBound).toMatchObject({ name: "floor", status: "Successful", observed: 0.75, bound: 0.75, n: 100 });
    expect(atBound?.interval?.lower).toBeCloseTo(0.657, 3);
    const [below] = judge(floor, { rows: rowsOf(outcomes({ both: 74, neither: 26 })) });
    expect(below).toMatchObject({ status: "Failed", message: "accuracy 0.74 is not at least 0.75 (n 100)" });
  });

  test("judges what metrics.json reports, with and without n", () => {
    const gate = { metric: "ndcg", value: { upperBound: 0.5 } };
    expect(judge(gate, { candidateMetrics: { ndcg: { value: 0.4, n: 20 } } })[0]).toMatchObject({
      status: "Successful",
      n: 20,
    });
    const [tooHigh] = judge(gate, { candidateMetrics: { ndcg: { value: 0.6 } } });
    expect(tooHigh).toMatchObject({ status: "Failed", message: "ndcg 0.6 is not at most 0.5" });
    expect(tooHigh).not.toHaveProperty("interval");
  });

  test("takes accuracy from metrics.json when no rows were written", () => {
    expect(judge(floor, { candidateMetrics: { accuracy: { value: 0.8, n: 10 } } })[0]?.status).toBe("Successful");
  });

  test.each(["value", "change"] as const)("is an error when %s names no bound", (condition) => {
    expect(judge({ [condition]: {} }, { rows: rowsOf(outcomes({ both: 9 })) })[0]).toMatchObject({
      status: "Error",
      reason: "noCondition",
    });
  });
});
