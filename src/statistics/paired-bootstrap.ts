import type { Interval } from "./interval.ts";
import { createSeededRandom } from "./seeded-random.ts";

export interface BootstrapSettings {
  /** Two-sided, in (0, 1). */
  readonly confidence: number;
  readonly seed: number;
  /** Times the rows are drawn anew; 10,000 unless given. */
  readonly resamples?: number;
}

export interface BootstrappedMean extends Interval {
  readonly mean: number;
  readonly resamples: number;
  /** What was drawn: single rows, or this many random blocks of rows. */
  readonly units: number;
}

export const RESAMPLES = 10_000;

/** More rows than this are drawn in blocks, so that the work stays below 10^8 draws: about a second. */
export const MOST_UNITS = 10_000;

/**
 * Between which limits does the mean of per-row differences lie? Paired bootstrap, percentile interval
 * (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13): rows are drawn with both models'
 * values, so what makes a row hard for both cancels.
 *
 * O(resamples · min(rows, 10,000)) time. Above 10,000 rows, the rows are first dealt at random into 10,000 blocks whose
 * sums are drawn instead; random blocks of independent rows have the rows' variance, so the interval is the same up to
 * Monte Carlo error.
 * @param differences finite; one per row, at least one
 */
export function bootstrapMean(differences: Float64Array, settings: BootstrapSettings): BootstrappedMean {
  const { confidence, seed, resamples = RESAMPLES } = settings;
  const random = createSeededRandom(seed);
  const { sums, sizes } = blocksOf(differences, random.below);
  const units = sums.length;
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0;
    let size = 0;
    for (let draw = 0; draw < units; draw++) {
      // 32 bits are enough here: below 10,000 units the bias is under 3 in a million.
      const unit = Math.floor((random.uint32() * units) / 2 ** 32);
      sum += sums[unit] ?? 0;
      size += sizes[unit] ?? 0;
    }
    means[resample] = sum / size;
  }
  means.sort();
  const tail = (1 - confidence) / 2;
  const mean = meanOf(differences);
  return { mean, lower: quantile(means, tail), upper: quantile(means, 1 - tail), confidence, resamples, units };
}

/** Row by row while there are few; else dealt like cards after a shuffle, so that sizes differ by one at most. */
function blocksOf(
  differences: Float64Array,
  below: (limit: number) => number,
): { readonly sums: Float64Array; readonly sizes: Float64Array } {
  const rows = differences.length;
  if (rows <= MOST_UNITS) return { sums: differences, sizes: new Float64Array(rows).fill(1) };
  const shuffled = differences.slice();
  for (let row = rows - 1; row > 0; row--) {
    const other = below(row + 1);
    const held = shuffled[row] ?? 0;
    shuffled[row] = shuffled[other] ?? 0;
    shuffled[other] = held;
  }
  const sums = new Float64Array(MOST_UNITS);
  const sizes = new Float64Array(MOST_UNITS);
  for (let row = 0; row < rows; row++) {
    const block = row % MOST_UNITS;
    sums[block] = (sums[block] ?? 0) + (shuffled[row] ?? 0);
    sizes[block] = (sizes[block] ?? 0) + 1;
  }
  return { sums, sizes };
}

/** The arithmetic mean; NaN of nothing. */
export function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Quantile of sorted values, linear between neighbours (Hyndman and Fan's type 7). */
export function quantile(sorted: Float64Array, probability: number): number {
  const place = (sorted.length - 1) * probability;
  const below = Math.floor(place);
  const lower = sorted[below] ?? Number.NaN;
  const upper = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return lower + (upper - lower) * (place - below);
}
