import normalQuantile from "@stdlib/stats-base-dists-normal-quantile";
import type { Interval } from "./interval.ts";

/**
 * Between which limits does a proportion lie? Wilson's score interval, without continuity correction
 * (Wilson 1927; method 3 of Newcombe, Statistics in Medicine 17, 1998, 857–872).
 *
 * @param successes whole, from 0 to `trials`
 * @param trials whole; without trials everything is possible: 0 to 1
 * @param confidence in (0, 1)
 */
export function wilsonInterval(successes: number, trials: number, confidence: number): Interval {
  if (trials === 0) return { lower: 0, upper: 1, confidence };
  const squared = normalQuantile((1 + confidence) / 2, 0, 1) ** 2;
  const share = successes / trials;
  const centre = share + squared / (2 * trials);
  const spread = Math.sqrt(squared * (share * (1 - share) + squared / (4 * trials)) * (1 / trials));
  const scale = 1 + squared / trials;
  return {
    lower: successes === 0 ? 0 : (centre - spread) / scale,
    upper: successes === trials ? 1 : (centre + spread) / scale,
    confidence,
  };
}
