import normalQuantile from "@stdlib/stats-base-dists-normal-quantile";
import type { Interval } from "./interval.ts";

/** Answers of two models to the same items, as far as they differ. */
export interface DiscordantCounts {
  /** Items that only the first got right. */
  readonly onlyFirst: number;
  /** Items that only the second got right. */
  readonly onlySecond: number;
  /** All items, concordant ones included; at least 1 and at least the two others together. */
  readonly items: number;
}

/** Bisection halves the unit interval this often: the limits are exact to the last bits of a double. */
const HALVINGS = 60;

/**
 * Between which limits does the difference of two paired proportions, first − second, lie?
 *
 * Tango's asymptotic score interval (Statistics in Medicine 17, 1998, 891–908): all differences that the score test
 * does not reject, by bisection since its statistic falls with the difference. It keeps its level with few discordant
 * pairs and, unlike Wald's, is not empty without any: for n items it then is ± z² / (n + z²).
 * @param confidence in (0, 1), two-sided
 */
export function pairedDifferenceInterval(counts: DiscordantCounts, confidence: number): Interval {
  const z = normalQuantile((1 + confidence) / 2, 0, 1);
  return { lower: differenceAt(counts, z), upper: differenceAt(counts, -z), confidence };
}

/** The difference at which the score statistic equals `z`. */
function differenceAt(counts: DiscordantCounts, z: number): number {
  let below = -1;
  let above = 1;
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (below + above) / 2;
    if (scoreStatistic(counts, middle) > z) below = middle;
    else above = middle;
  }
  return (below + above) / 2;
}

/** Tango's statistic for the hypothesis first − second = `difference`; falls as the difference grows. */
function scoreStatistic({ onlyFirst, onlySecond, items }: DiscordantCounts, difference: number): number {
  const observed = onlyFirst - onlySecond - items * difference;
  const linear = (2 * items - onlyFirst + onlySecond) * difference - onlyFirst - onlySecond;
  const constant = -onlySecond * difference * (1 - difference);
  const second = (Math.sqrt(Math.max(0, linear * linear - 8 * items * constant)) - linear) / (4 * items);
  const variance = items * (2 * second + difference * (1 - difference));
  if (variance <= 0) return observed === 0 ? 0 : Math.sign(observed) * Number.POSITIVE_INFINITY;
  return observed / Math.sqrt(variance);
}
