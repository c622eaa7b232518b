import binomialCdf from "@stdlib/stats-base-dists-binomial-cdf";
import binomialPmf from "@stdlib/stats-base-dists-binomial-pmf";

/** From this many discordant pairs on, the mid-p test keeps its level and the exact one is needlessly conservative. */
export const MID_P_FROM_DISCORDANT = 25;

/** A test of paired answers, with the two-sided p. */
export interface McNemar {
  readonly test: "mcnemar-exact" | "mcnemar-mid-p";
  readonly p: number;
}

/**
 * Do two models that answered the same items differ in how many they got right?
 * Exact below 25 discordant pairs, mid-p from there on.
 *
 * @param onlyFirst items that only the first got right; whole
 * @param onlySecond items that only the second got right; whole
 */
export function mcnemar(onlyFirst: number, onlySecond: number): McNemar {
  return onlyFirst + onlySecond < MID_P_FROM_DISCORDANT
    ? { test: "mcnemar-exact", p: mcnemarExact(onlyFirst, onlySecond) }
    : { test: "mcnemar-mid-p", p: mcnemarMidP(onlyFirst, onlySecond) };
}

/** Two-sided exact p: twice the binomial tail at 1/2, at most 1. Without discordant pairs nothing differs: 1. */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  const discordant = onlyFirst + onlySecond;
  if (discordant === 0) return 1;
  return Math.min(1, 2 * binomialCdf(Math.min(onlyFirst, onlySecond), discordant, 0.5));
}

/**
 * Two-sided mid-p: outcomes as likely as the observed one count half
 * (Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13:91, 2013).
 */
export function mcnemarMidP(onlyFirst: number, onlySecond: number): number {
  const discordant = onlyFirst + onlySecond;
  if (discordant === 0) return 1;
  const fewer = Math.min(onlyFirst, onlySecond);
  const likelihood = binomialPmf(fewer, discordant, 0.5);
  if (onlyFirst === onlySecond) return 1 - likelihood / 2;
  return 2 * binomialCdf(fewer, discordant, 0.5) - likelihood;
}
