import normalCdf from "@stdlib/stats-base-dists-normal-cdf";
import normalQuantile from "@stdlib/stats-base-dists-normal-quantile";
import type { Interval } from "./interval.ts";

/** Scores of two models on the same rows. */
export interface PairedScores {
  /** 1 where the row's label is the positive class, else 0; both must occur. */
  readonly positive: Uint8Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

export interface AreaDifference extends Interval {
  readonly first: number;
  readonly second: number;
  /** first − second. */
  readonly difference: number;
  readonly standardError: number;
  /** Two-sided; 1 when the two never differ. */
  readonly p: number;
}

/**
 * The area under the receiver operating characteristic: the chance that a positive row scores above a negative one,
 * ties counting half (Mann and Whitney). From ranks, O(n log n). NaN unless both classes occur.
 */
export function areaUnderCurve(positive: Uint8Array, score: Float64Array): number {
  return placementsOf(positive, score).area;
}

/**
 * Do two models rank the same rows equally well? DeLong's test and interval for the difference of two correlated
 * areas (DeLong, DeLong and Clarke-Pearson, Biometrics 44, 1988, 837–845), with placements from midranks
 * (Sun and Xu, IEEE Signal Processing Letters 21, 2014, 1389–1393), O(n log n).
 * @param confidence in (0, 1), two-sided. With fewer than two rows of a class the variance is NaN.
 */
export function pairedAreaDifference(scores: PairedScores, confidence: number): AreaDifference {
  const first = placementsOf(scores.positive, scores.first);
  const second = placementsOf(scores.positive, scores.second);
  const variance =
    varianceOfDifference(first.ofPositives, second.ofPositives) / first.ofPositives.length +
    varianceOfDifference(first.ofNegatives, second.ofNegatives) / first.ofNegatives.length;
  const difference = first.area - second.area;
  const standardError = Math.sqrt(variance);
  const reach = normalQuantile((1 + confidence) / 2, 0, 1) * standardError;
  const p = difference === 0 ? 1 : 2 * normalCdf(-Math.abs(difference) / standardError, 0, 1);
  return {
    first: first.area,
    second: second.area,
    difference,
    standardError,
    p,
    lower: difference - reach,
    upper: difference + reach,
    confidence,
  };
}

/** For each row, the share of the other class that it beats (a positive) or that beats it (a negative). */
interface Placements {
  readonly area: number;
  readonly ofPositives: Float64Array;
  readonly ofNegatives: Float64Array;
}

function placementsOf(positive: Uint8Array, score: Float64Array): Placements {
  const positives = score.filter((_, row) => positive[row] === 1).toSorted();
  const negatives = score.filter((_, row) => positive[row] !== 1).toSorted();
  const ofPositives = new Float64Array(positives.length);
  const ofNegatives = new Float64Array(negatives.length);
  let nextPositive = 0;
  let nextNegative = 0;
  let sum = 0;
  for (let row = 0; row < score.length; row++) {
    const own = score[row] ?? Number.NaN;
    if (positive[row] === 1) {
      const beaten = shareBelow(negatives, own);
      ofPositives[nextPositive++] = beaten;
      sum += beaten;
    } else {
      ofNegatives[nextNegative++] = 1 - shareBelow(positives, own);
    }
  }
  return { area: negatives.length === 0 ? Number.NaN : sum / positives.length, ofPositives, ofNegatives };
}

/** The share of sorted values below `limit`, those equal to it counting half. */
function shareBelow(sorted: Float64Array, limit: number): number {
  const below = firstWhere(sorted, (value) => value >= limit);
  const upTo = firstWhere(sorted, (value) => value > limit);
  return (below + upTo) / (2 * sorted.length);
}

/** Index of the first sorted value for which the claim, once true, stays true; the length when none. */
function firstWhere(sorted: Float64Array, claim: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (claim(sorted[middle] ?? Number.NaN)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Sample variance (n − 1) of the differences of two aligned series. */
function varianceOfDifference(first: Float64Array, second: Float64Array): number {
  const differences = first.map((value, row) => value - (second[row] ?? Number.NaN));
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  return differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (differences.length - 1);
}
