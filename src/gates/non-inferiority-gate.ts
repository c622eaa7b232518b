import type { GateSpec } from "../domain/plan.ts";
import type { Finding } from "./finding.ts";
import { numberText } from "./number-text.ts";
import type { Comparison } from "./paired-comparison.ts";

/**
 * Is the candidate no worse than the champion by more than the margin?
 *
 * Compares the interval of candidate − champion with −margin (with +margin where an increase is bad):
 * Successful when it lies wholly on the good side, Failed when wholly on the bad one, Inconclusive between. Each of
 * the two is wrong with probability at most alpha, so the interval's confidence is 1 − 2·alpha.
 * @param comparison made at {@link confidenceOf} the condition
 */
export function judgeNonInferiority(
  { margin, alpha }: NonNullable<GateSpec["nonInferiority"]>,
  { metric, direction }: Pick<GateSpec, "metric" | "direction">,
  comparison: Comparison,
): Finding {
  const { difference, interval, n } = comparison;
  const sign = direction === "increase" ? -1 : 1;
  const worst = direction === "increase" ? -interval.upper : interval.lower;
  const best = direction === "increase" ? -interval.lower : interval.upper;
  const status = worst >= -margin ? "Successful" : best < -margin ? "Failed" : "Inconclusive";
  const bound = -sign * margin;
  return {
    status,
    message:
      `${metric} differs by ${numberText(difference)}, between ${numberText(interval.lower)} and ` +
      `${numberText(interval.upper)} with ${numberText(interval.confidence * 100)} % confidence: ` +
      `${MEANING[status]} ${numberText(margin)} (n ${n})`,
    observed: difference,
    bound,
    interval,
    n,
    evidence: { condition: "nonInferiority", metric, direction, margin, alpha, ...comparison.evidence },
  };
}

const MEANING = {
  Successful: "not worse by more than",
  Failed: "worse by more than",
  Inconclusive: "it is open whether worse by more than",
} as const;

/** The two-sided confidence at which each limit alone is wrong with probability alpha. */
export function confidenceOf({ alpha }: NonNullable<GateSpec["nonInferiority"]>): number {
  return 1 - 2 * alpha;
}
