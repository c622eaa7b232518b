import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { wilsonInterval } from "./wilson.ts";

describe("Wilson's interval of a proportion", () => {
  test.each([
    [81, 263, 0.2552885, 0.3662096],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611251],
    [1, 29, 0.0061132, 0.1717552],
  ])("of %i in %i is the published one (Newcombe 1998)", (successes, trials, lower, upper) => {
    const interval = wilsonInterval(successes, trials, 0.95);
    expect(Math.abs(interval.lower - lower)).toBeLessThan(5e-5);
    expect(Math.abs(interval.upper - upper)).toBeLessThan(5e-5);
  });

  test("says nothing without trials", () => {
    expect(wilsonInterval(0, 0, 0.95)).toEqual({ lower: 0, upper: 1, confidence: 0.95 });
  });

  const counts = fc.nat(5_000).chain((trials) => fc.tuple(fc.nat(trials), fc.constant(trials)));

  test.prop([counts, fc.double({ min: 0.5, max: 0.999, noNaN: true })])(
    "holds the estimate, stays within 0 and 1, and mirrors when successes and failures change places",
    ([successes, trials], confidence) => {
      const { lower, upper } = wilsonInterval(successes, trials, confidence);
      const share = trials === 0 ? 0.5 : successes / trials;
      expect(lower >= 0 && lower <= share && share <= upper && upper <= 1).toBe(true);
      const mirrored = wilsonInterval(trials - successes, trials, confidence);
      expect(mirrored.lower).toBeCloseTo(1 - upper, 12);
    },
  );
});
