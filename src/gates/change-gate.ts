import type { GateSpec } from "../domain/plan.ts";
import type { Finding } from "./finding.ts";
import { errorFinding, problem } from "./finding.ts";
import { numberText } from "./number-text.ts";
import type { Measured } from "./row-metrics.ts";

export interface Change {
  readonly metric: string;
  /** The direction that is bad. */
  readonly direction: GateSpec["direction"];
  readonly candidate: Measured;
  readonly champion: Measured;
}

/** .80 − .79 is a little more than .01 in doubles: a difference that is only rounding does not break a tolerance. */
const ROUNDING = 1e-12;

/**
 * Has the metric worsened by no more than is tolerated? Both tolerances, where given, must hold; the tighter one is
 * the bound shown. A comparison of two numbers, without an error rate: the message says so.
 * `Error` when a relative tolerance meets a champion's value of 0.
 */
export function judgeChange(tolerated: NonNullable<GateSpec["change"]>, change: Change): Finding {
  const { metric, direction, candidate, champion } = change;
  const { absolute, relative } = tolerated;
  if (relative !== undefined && champion.value === 0) {
    return errorFinding(problem("zeroBaseline", `the champion's ${metric} is 0: there is no relative change from it`));
  }
  const allowed = Math.min(
    absolute ?? Number.POSITIVE_INFINITY,
    relative === undefined ? Number.POSITIVE_INFINITY : relative * Math.abs(champion.value),
  );
  const difference = candidate.value - champion.value;
  const worsening = direction === "increase" ? difference : -difference;
  const passed = worsening <= allowed + ROUNDING * Math.max(Math.abs(candidate.value), Math.abs(champion.value));
  const n = candidate.n;
  return {
    status: passed ? "Successful" : "Failed",
    message:
      `${metric} ${numberText(candidate.value)} against ${numberText(champion.value)}: ${described(worsening)}, ` +
      `${numberText(allowed)} tolerated${n === undefined ? "" : ` (n ${n})`}; no error rate`,
    observed: difference,
    bound: direction === "increase" ? allowed : 0 - allowed,
    ...(n !== undefined && { n }),
    evidence: { condition: "change", metric, direction, candidate: candidate.value, champion: champion.value },
  };
}

function described(worsening: number): string {
  if (worsening === 0) return "unchanged";
  return worsening > 0 ? `worse by ${numberText(worsening)}` : `better by ${numberText(-worsening)}`;
}
