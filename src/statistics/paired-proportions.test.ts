import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { pairedDifferenceInterval } from "./paired-proportions.ts";

describe("Tango's interval of a paired difference", () => {
  test("is the published one for the airway data of Bentur et al. (Fagerland, Lydersen and Laake 2014)", () => {
    const { lower, upper } = pairedDifferenceInterval({ onlyFirst: 1, onlySecond: 7, items: 21 }, 0.95);
    expect(lower).toBeCloseTo(-0.517, 3);
    expect(upper).toBeCloseTo(-0.026, 3);
  });

  // Profile likelihood maximised numerically and inverted with SciPy's brentq: nothing shared with the closed form.
  test.each([
    [1, 7, 21, 0.95, -0.5172322772, -0.0260030322],
    [40, 20, 160, 0.95, 0.0308645332, 0.2180642441],
    [28, 25, 618, 0.9, -0.0148343701, 0.0247154817],
    [0, 5, 50, 0.9, -0.1915375175, -0.0435334943],
    [120, 150, 10_000, 0.9, -0.0057286503, -0.0002986915],
  ])("of %i and %i among %i at %f is the reference's", (onlyFirst, onlySecond, items, confidence, lower, upper) => {
    const interval = pairedDifferenceInterval({ onlyFirst, onlySecond, items }, confidence);
    expect(Math.abs(interval.lower - lower)).toBeLessThan(1e-8);
    expect(Math.abs(interval.upper - upper)).toBeLessThan(1e-8);
  });

  test("is ± z² / (n + z²) when the models never differ", () => {
    const { lower, upper } = pairedDifferenceInterval({ onlyFirst: 0, onlySecond: 0, items: 100 }, 0.95);
    expect(upper).toBeCloseTo(0.03699349820698568, 12);
    expect(lower).toBeCloseTo(-0.03699349820698568, 12);
  });

  test("reaches the end when one model is right everywhere and the other nowhere", () => {
    const { lower, upper } = pairedDifferenceInterval({ onlyFirst: 10, onlySecond: 0, items: 10 }, 0.95);
    expect(upper).toBeCloseTo(1, 12);
    const squared = 1.959963984540054 ** 2;
    expect(lower).toBeCloseTo((10 - squared) / (10 + squared), 9);
  });

  const counts = fc
    .tuple(fc.nat(200), fc.nat(200), fc.nat(2_000))
    .filter(([first, second, rest]) => first + second + rest > 0)
    .map(([onlyFirst, onlySecond, rest]) => ({ onlyFirst, onlySecond, items: onlyFirst + onlySecond + rest }));

  test.prop([counts])("holds the estimate and mirrors when the models change places", (pair) => {
    const interval = pairedDifferenceInterval(pair, 0.9);
    const estimate = (pair.onlyFirst - pair.onlySecond) / pair.items;
    expect(interval.lower).toBeLessThanOrEqual(estimate + 1e-12);
    expect(interval.upper).toBeGreaterThanOrEqual(estimate - 1e-12);
    const swapped = pairedDifferenceInterval({ ...pair, onlyFirst: pair.onlySecond, onlySecond: pair.onlyFirst }, 0.9);
    expect(swapped.lower).toBeCloseTo(-interval.upper, 9);
  });

  test.prop([counts])("rises when the first model gets one more item right that it got wrong", (pair) => {
    fc.pre(pair.onlySecond > 0);
    const better = { ...pair, onlySecond: pair.onlySecond - 1 };
    expect(pairedDifferenceInterval(better, 0.9).lower).toBeGreaterThanOrEqual(
      pairedDifferenceInterval(pair, 0.9).lower - 1e-12,
    );
  });
});
