import normalQuantile from "@stdlib/stats-base-dists-normal-quantile";
import type { GateSpec } from "../domain/plan.ts";
import { confidenceOf } from "./non-inferiority-gate.ts";

/**
 * How many rows must a gate have before a candidate that answers exactly like the champion can pass it?
 * For accuracy under non-inferiority, Tango's interval of identical answers is ± z² / (n + z²), so n ≥ z² (1/margin − 1).
 * Other conditions and metrics have no such number: 1.
 */
export function leastRowsToPass(gate: Pick<GateSpec, "metric" | "nonInferiority">): number {
  if (gate.metric !== "accuracy" || gate.nonInferiority === undefined) return 1;
  const { margin } = gate.nonInferiority;
  const z = normalQuantile((1 + confidenceOf(gate.nonInferiority)) / 2, 0, 1);
  return Math.max(1, Math.ceil(z ** 2 * (1 / margin - 1)));
}

/**
 * Why can a gate with so many rows (those of its smallest slice) not be passed, even by a candidate equal to the champion?
 * Undefined when it can. Answers that differ between the models need more rows still: this is the least.
 */
export function whyCannotPass(
  gate: Pick<GateSpec, "name" | "metric" | "nonInferiority">,
  rows: number,
): string | undefined {
  const least = leastRowsToPass(gate);
  if (rows >= least) return undefined;
  const { margin, alpha } = gate.nonInferiority ?? {};
  return `${gate.name} cannot pass with ${rows} rows: a margin of ${margin} at alpha ${alpha} needs at least ${least}, even for equal models; give it more rows or a wider margin`;
}
