import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { judge, outcomes, rowsOf } from "../../test/support/evaluation.ts";
import { leastRowsToPass, whyCannotPass } from "./power-check.ts";

const gate = { name: "no-worse", metric: "accuracy", nonInferiority: { margin: 0.02, alpha: 0.05 } };

describe("the check that a gate can pass at all", () => {
  test("names the least number of rows: z² (1/margin − 1)", () => {
    expect(leastRowsToPass(gate)).toBe(133);
    expect(whyCannotPass(gate, 133)).toBeUndefined();
    expect(whyCannotPass(gate, 132)).toBe(
      "no-worse cannot pass with 132 rows: a margin of 0.02 at alpha 0.05 needs at least 133, even for equal models; give it more rows or a wider margin",
    );
  });

  test.prop([fc.double({ min: 0.005, max: 0.3, noNaN: true }), fc.double({ min: 0.01, max: 0.3, noNaN: true })], {
    numRuns: 30,
  })("is right: equal models pass with that many rows and not with one fewer", (margin, alpha) => {
    const nonInferiority = { margin, alpha };
    const least = leastRowsToPass({ metric: "accuracy", nonInferiority });
    const statusOf = (both: number) => judge({ nonInferiority }, { rows: rowsOf(outcomes({ both })) })[0]?.status;
    expect(statusOf(least)).toBe("Successful");
    if (least > 1) expect(statusOf(least - 1)).toBe("Inconclusive");
  });

  test("knows no least number for other conditions and metrics", () => {
    expect(leastRowsToPass({ metric: "accuracy" })).toBe(1);
    expect(leastRowsToPass({ ...gate, metric: "auc" })).toBe(1);
  });
});
