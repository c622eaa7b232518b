import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { failuresNeededForSafety } from "./failures-needed.ts";

const target = { alphaSafe: 0.05, toleratedRatio: 1.5 };
const share = fc.double({ min: 0.02, max: 0.98, noNaN: true });

describe("the failures needed to show safety", () => {
  test("are those of Wald's approximation: (ln 20 − ln .7) / KL(.1 ‖ .142857)", () => {
    const divergence = 0.1 * Math.log(0.1 / (1 / 7)) + 0.9 * Math.log(0.9 / (6 / 7));
    expect(failuresNeededForSafety(target, 0.1)).toBe(Math.ceil((Math.log(20) - Math.log(0.7)) / divergence));
  });

  test.prop([share])("are fewer for a wider tolerance and for a larger permitted error", (observed) => {
    const needed = failuresNeededForSafety(target, observed);
    expect(failuresNeededForSafety({ ...target, toleratedRatio: 2 }, observed)).toBeLessThanOrEqual(needed);
    expect(failuresNeededForSafety({ ...target, alphaSafe: 0.1 }, observed)).toBeLessThanOrEqual(needed);
  });

  test.prop([share, fc.nat(100)])(
    "are the same however many of them were seen at that share already",
    (observed, failures) => {
      const seen = [{ share: observed, failures, candidateFailures: 0 }];
      const difference = failuresNeededForSafety(target, observed, seen) - failuresNeededForSafety(target, observed);
      expect(Math.abs(difference)).toBeLessThanOrEqual(1);
    },
  );

  test("count what a stage with a smaller share has told for less", () => {
    const seen = [{ share: 0.02, failures: 100, candidateFailures: 2 }];
    expect(failuresNeededForSafety(target, 0.5, seen)).toBeGreaterThan(failuresNeededForSafety(target, 0.5));
  });
});
