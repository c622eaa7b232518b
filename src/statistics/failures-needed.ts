import type { FailureStage } from "./canary-evidence.ts";
import { informationPerFailure, SAFE_WEIGHTS } from "./canary-evidence.ts";

export interface SafetyTarget {
  /** Chance to call a candidate safe that is not, in (0, 1). */
  readonly alphaSafe: number;
  /** Largest tolerable risk ratio, above 1. */
  readonly toleratedRatio: number;
}

/**
 * How many failures of both arms does it take, on average, to show that an equally good candidate is safe?
 *
 * Wald's approximation: the evidence wanted, ln(1/α) and the price of the mixture, over what a failure tells at the
 * share that further traffic will have. What earlier stages with other shares have told is taken off. Above the mean
 * that simulation finds, by a tenth or so, since the mixture learns; the spread is wide (a factor of two and more).
 * @param share the candidate's share of further units, in (0, 1)
 */
export function failuresNeededForSafety(
  { alphaSafe, toleratedRatio }: SafetyTarget,
  share: number,
  seen: readonly FailureStage[] = [],
): number {
  const wanted = Math.log(1 / alphaSafe) - Math.log(SAFE_WEIGHTS[0]);
  const told = (at: number): number => informationPerFailure(at, 1, toleratedRatio);
  const have = seen.reduce((sum, stage) => sum + stage.failures * told(stage.share), 0);
  const failures = seen.reduce((sum, stage) => sum + stage.failures, 0);
  return Math.max(1, Math.ceil(failures + (wanted - have) / told(share)));
}
