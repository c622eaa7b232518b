import { expect, test } from "vitest";
import { judge, rowsOf } from "../../test/support/evaluation.ts";

test("the Brier score is the published one: .0375 for .1 .9 .8 .3 on 0 1 1 0", () => {
  const truth = [0, 1, 1, 0] as const;
  const rows = rowsOf(
    [0.1, 0.9, 0.8, 0.3].map((score, row) => ({ label: truth[row] ?? 0, candidate: 0, score }) as const),
  );
  expect(
    judge({ metric: "brier", direction: "increase", value: { upperBound: 1 } }, { rows })[0]?.observed,
  ).toBeCloseTo(0.0375, 12);
});
