import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { bootstrapMean, MOST_UNITS, quantile } from "./paired-bootstrap.ts";
import { createSeededRandom } from "./seeded-random.ts";

const settings = { confidence: 0.9, seed: 11 };
const spread = (rows: number) => Float64Array.from({ length: rows }, (_, row) => (((row * 37) % 101) - 50) / 100);

describe("the paired bootstrap of a mean", () => {
  test("agrees with SciPy's percentile interval up to Monte Carlo error", () => {
    const interval = bootstrapMean(spread(200), settings);
    expect(interval.mean).toBeCloseTo(0.00045, 12);
    expect(Math.abs(interval.lower - -0.03355)).toBeLessThan(1e-3);
    expect(Math.abs(interval.upper - 0.03425)).toBeLessThan(1e-3);
    expect(interval).toMatchObject({ resamples: 10_000, units: 200, confidence: 0.9 });
  });

  test("is a function of its seed", () => {
    const rows = spread(60);
    const few = { ...settings, resamples: 500 };
    expect(bootstrapMean(rows, few)).toEqual(bootstrapMean(rows, few));
    expect(bootstrapMean(rows, { ...few, seed: 12 }).lower).not.toBe(bootstrapMean(rows, few).lower);
  });

  test("draws blocks of rows when there are many, and finds the interval of the normal law there", () => {
    const random = createSeededRandom(5);
    const rows = Float64Array.from({ length: 35_003 }, () => random.unit());
    const interval = bootstrapMean(rows, { ...settings, resamples: 2_000 });
    const reach = 1.6448536269514722 * Math.sqrt(1 / 12 / rows.length);
    expect(interval.units).toBe(MOST_UNITS);
    expect(Math.abs(interval.upper - interval.mean - reach) / reach).toBeLessThan(0.08);
    expect(Math.abs(interval.mean - interval.lower - reach) / reach).toBeLessThan(0.08);
  });

  test("covers the truth about as often as it says", () => {
    const random = createSeededRandom(99);
    let covered = 0;
    for (let experiment = 0; experiment < 400; experiment++) {
      const rows = Float64Array.from({ length: 80 }, () => random.unit() - random.unit());
      const { lower, upper } = bootstrapMean(rows, { confidence: 0.9, seed: experiment, resamples: 400 });
      if (lower <= 0 && upper >= 0) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.86);
    expect(covered / 400).toBeLessThan(0.94);
  });

  const rows = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 1, maxLength: 40 });

  test.prop([rows])("stays within the rows' own range", (values) => {
    const { lower, upper } = bootstrapMean(Float64Array.from(values), { ...settings, resamples: 100 });
    expect(lower).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
    expect(upper).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
    expect(lower).toBeLessThanOrEqual(upper);
  });

  test.prop([fc.double({ min: -5, max: 5, noNaN: true }), fc.integer({ min: 1, max: 30 })])(
    "is a point when all rows are equal",
    (value, count) => {
      const interval = bootstrapMean(new Float64Array(count).fill(value), { ...settings, resamples: 50 });
      expect(interval.lower).toBeCloseTo(value, 9);
      expect(interval.upper).toBeCloseTo(value, 9);
    },
  );

  test("has no quantile of nothing", () => {
    expect(quantile(new Float64Array(0), 0.5)).toBeNaN();
    expect(quantile(Float64Array.of(1, 2, 4), 0.75)).toBe(3);
  });
});
