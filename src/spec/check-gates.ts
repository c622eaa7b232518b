import type { GateDocument } from "./gate-schema.ts";
import type { Finding } from "./issue-problems.ts";
import type { SpecParts } from "./spec.ts";

/** Metrics that are computed from the rows of the predictions, with the direction that is bad. */
const ROW_METRICS: Readonly<Record<string, "increase" | "decrease">> = {
  accuracy: "decrease",
  auc: "decrease",
  logLoss: "increase",
  brier: "increase",
};
const SHARES = ["accuracy", "auc", "brier"];

/** The direction that is bad, as given or as known of the metric; undefined when neither. */
export function directionOf(gate: Pick<GateDocument, "metric" | "direction">): "increase" | "decrease" | undefined {
  return gate.direction ?? (Object.hasOwn(ROW_METRICS, gate.metric) ? ROW_METRICS[gate.metric] : undefined);
}

/** Gates that say nothing, cannot be computed or cannot be passed. */
export function evaluationFindings({ evaluate }: SpecParts): readonly Finding[] {
  const gates = evaluate?.gates ?? [];
  return gates.flatMap((gate, index) => {
    const path = ["evaluate", "gates", index];
    const findings = [...conditionFindings(gate, path), ...metricFindings(gate, path), ...sliceFindings(gate, path)];
    if (gates.findIndex((other) => other.name === gate.name) < index) {
      findings.push({
        path: [...path, "name"],
        message: `the name ${gate.name} is there twice; gates are told apart by it`,
      });
    }
    return findings;
  });
}

function conditionFindings(gate: GateDocument, path: readonly PropertyKey[]): readonly Finding[] {
  const { value, change, nonInferiority } = gate;
  if (value === undefined && change === undefined && nonInferiority === undefined) {
    return [{ path, message: `the gate ${gate.name} has no condition; give value, change or nonInferiority` }];
  }
  const findings: Finding[] = [];
  if (value !== undefined) findings.push(...valueFindings(gate.metric, value, [...path, "value"]));
  if (change !== undefined && change.absolute === undefined && change.relative === undefined) {
    findings.push({ path: [...path, "change"], message: "must have absolute or relative" });
  }
  return findings;
}

function valueFindings(
  metric: string,
  { lowerBound, upperBound }: NonNullable<GateDocument["value"]>,
  path: readonly PropertyKey[],
): readonly Finding[] {
  if (lowerBound === undefined && upperBound === undefined) {
    return [{ path, message: "must have lowerBound or upperBound" }];
  }
  const findings: Finding[] = [];
  if (lowerBound !== undefined && upperBound !== undefined && lowerBound > upperBound) {
    findings.push({ path, message: `lowerBound ${lowerBound} is above upperBound ${upperBound}: nothing can pass` });
  }
  if (SHARES.includes(metric)) {
    for (const [key, bound] of Object.entries({ lowerBound, upperBound })) {
      if (bound === undefined || (bound >= 0 && bound <= 1)) continue;
      findings.push({ path: [...path, key], message: `${bound} is no ${metric}: it lies between 0 and 1` });
    }
  }
  return findings;
}

function metricFindings(gate: GateDocument, path: readonly PropertyKey[]): readonly Finding[] {
  const perRow = Object.hasOwn(ROW_METRICS, gate.metric);
  const rowMetrics = Object.keys(ROW_METRICS).join(", ");
  const findings: Finding[] = [];
  if (directionOf(gate) === undefined && (gate.change !== undefined || gate.nonInferiority !== undefined)) {
    findings.push({ path, message: `give direction: which direction of ${gate.metric} is bad, increase or decrease` });
  }
  if (perRow && gate.direction !== undefined && gate.direction !== ROW_METRICS[gate.metric]) {
    const message = `an ${gate.direction} of ${gate.metric} is not bad; leave direction out`;
    findings.push({ path: [...path, "direction"], message });
  }
  if (!perRow && gate.nonInferiority !== undefined) {
    const message = `needs one of ${rowMetrics}, which are computed for each row; use value or change for ${gate.metric}`;
    findings.push({ path: [...path, "nonInferiority"], message });
  }
  if (!perRow && (gate.slice !== undefined || gate.sliceBy !== undefined)) {
    const message = `slices need one of ${rowMetrics}; write the slice's value of ${gate.metric} into metrics.json`;
    findings.push({ path: [...path, "metric"], message });
  }
  return findings;
}

function sliceFindings(gate: GateDocument, path: readonly PropertyKey[]): readonly Finding[] {
  const sliced = gate.slice !== undefined || gate.sliceBy !== undefined;
  if (!sliced && gate.minSliceSize !== undefined) {
    return [{ path: [...path, "minSliceSize"], message: "needs slice or sliceBy" }];
  }
  if (gate.slice !== undefined && gate.sliceBy !== undefined && Object.hasOwn(gate.slice, gate.sliceBy)) {
    return [{ path: [...path, "sliceBy"], message: `${gate.sliceBy} is fixed by slice already` }];
  }
  if (gate.slice !== undefined && Object.keys(gate.slice).length === 0) {
    return [{ path: [...path, "slice"], message: "must name at least one column" }];
  }
  return [];
}
