import type { GateSpec } from "../domain/plan.ts";
import type { Verdict } from "../domain/verdict.ts";
import { judgeChange } from "./change-gate.ts";
import type { EvaluationEvidence, PairedRows } from "./evidence.ts";
import type { Finding, Problem } from "./finding.ts";
import { errorFinding, problem } from "./finding.ts";
import { measuredMetric } from "./measured-metric.ts";
import { confidenceOf, judgeNonInferiority } from "./non-inferiority-gate.ts";
import { comparePaired } from "./paired-comparison.ts";
import { isRowMetric } from "./row-metrics.ts";
import { slicesOf } from "./slices.ts";
import { judgeValue } from "./value-gate.ts";

/** A verdict together with the gate whose actions apply to it. */
export interface GateVerdict {
  readonly gate: GateSpec;
  readonly verdict: Verdict;
}

type Condition = "value" | "change" | "nonInferiority";

const CONDITIONS: readonly Condition[] = ["value", "change", "nonInferiority"];

/**
 * Judges every gate: one verdict for each condition, and for each value of `sliceBy`, in the spec's order.
 *
 * Fails closed: what is missing, empty or not finite is `Error`. A comparison without a champion is `Inconclusive` with
 * the reason `noBaseline`. Of the values of `sliceBy`, those with fewer rows than `minSliceSize` are a `Warning` with the
 * reason `insufficientData`, since the size says from where on a slice is judged; but when that leaves none, or the rows
 * are those of a `slice` that the spec names, it is `Inconclusive`.
 * @param seed of the bootstrap; recorded where it was used
 */
export function judgeGates(
  gates: readonly GateSpec[],
  evidence: EvaluationEvidence,
  seed: number,
): readonly GateVerdict[] {
  return gates.flatMap((gate) => judgeGate(gate, evidence, seed).map((verdict) => ({ gate, verdict })));
}

function judgeGate(gate: GateSpec, evidence: EvaluationEvidence, seed: number): readonly Verdict[] {
  const conditions = CONDITIONS.filter((condition) => gate[condition] !== undefined);
  if (conditions.length === 0 || conditions.some((condition) => Object.keys(gate[condition] ?? {}).length === 0)) {
    const message = "the gate has no condition; give it value, change or nonInferiority, with a bound";
    return [{ name: gate.name, ...errorFinding(problem("noCondition", message)) }];
  }
  return conditions.flatMap((condition) => {
    const name = conditions.length === 1 ? gate.name : `${gate.name} (${condition})`;
    return judgeCondition(condition, gate, evidence, seed).map((finding) => named(name, finding));
  });
}

/** No slice's verdict needs a correction for the others: all of them must pass, so errors do not add up. */
function named(name: string, { slice, ...finding }: SliceFinding): Verdict {
  if (slice === undefined) return { name, ...finding };
  const evidence = finding.evidence && { ...finding.evidence, slice, correction: "none" };
  return { name: `${name} [${slice}]`, ...finding, ...(evidence && { evidence }) };
}

type SliceFinding = Finding & { readonly slice?: string };

function judgeCondition(
  condition: Condition,
  gate: GateSpec,
  evidence: EvaluationEvidence,
  seed: number,
): readonly SliceFinding[] {
  if (condition !== "value" && !evidence.baseline) return [noBaseline(gate.metric)];
  const sliced = gate.slice !== undefined || gate.sliceBy !== undefined;
  if (!isRowMetric(gate.metric) || evidence.rows === undefined) {
    return [sliced ? errorFinding(unsliceable(gate, evidence)) : judgeRows(condition, gate, evidence, undefined, seed)];
  }
  const slices = slicesOf(gate, evidence.rows, evidence);
  if ("kind" in slices) return [errorFinding(slices)];
  const findings = slices.map(({ name, rows }) => ({
    ...(name !== undefined && { slice: name }),
    ...(rows.rows < gate.minSliceSize
      ? tooFew(rows.rows, gate.minSliceSize, name !== undefined)
      : judgeRows(condition, gate, evidence, rows, seed)),
  }));
  const judged = findings.some(({ reason }) => reason !== "insufficientData");
  return judged || gate.sliceBy === undefined ? findings : [...findings, noneJudged(gate)];
}

function judgeRows(
  condition: Condition,
  gate: GateSpec,
  evidence: EvaluationEvidence,
  rows: PairedRows | undefined,
  seed: number,
): Finding {
  if (condition === "nonInferiority") return compared(gate, evidence, rows, seed);
  const candidate = measuredMetric(gate.metric, "candidate", evidence, rows);
  if (candidate.kind === "problem") return errorFinding(candidate);
  if (condition === "value") return judgeValue(gate.metric, gate.value ?? {}, candidate);
  const champion = measuredMetric(gate.metric, "champion", evidence, rows);
  if (champion.kind === "problem") return errorFinding(champion);
  return judgeChange(gate.change ?? {}, { metric: gate.metric, direction: gate.direction, candidate, champion });
}

function compared(gate: GateSpec, evidence: EvaluationEvidence, rows: PairedRows | undefined, seed: number): Finding {
  const { metric, nonInferiority: condition } = gate;
  if (condition === undefined || !isRowMetric(metric) || rows === undefined)
    return errorFinding(unpaired(gate, evidence));
  const { champion } = rows;
  if (champion === undefined) return errorFinding(unpaired(gate, evidence));
  const comparison = comparePaired(metric, { ...rows, champion }, { confidence: confidenceOf(condition), seed });
  return comparison.kind === "problem" ? errorFinding(comparison) : judgeNonInferiority(condition, gate, comparison);
}

function unpaired({ metric }: GateSpec, { rowsProblem, pairingProblem }: EvaluationEvidence): Problem {
  if (rowsProblem !== undefined) return problem("badPredictions", rowsProblem);
  if (pairingProblem !== undefined) return problem("notPaired", pairingProblem);
  return problem("notPaired", `${metric} cannot be compared row by row: write predictions.parquet`);
}

function unsliceable({ metric }: GateSpec, { rowsProblem }: EvaluationEvidence): Problem {
  return problem("badPredictions", rowsProblem ?? `${metric} cannot be computed for slices: write predictions.parquet`);
}

function noBaseline(metric: string): Finding {
  const message = `there is no champion to compare ${metric} with`;
  return { status: "Inconclusive", reason: "noBaseline", message };
}

function tooFew(rows: number, needed: number, oneOfMany: boolean): Finding {
  const message = `${rows} rows; judged from ${needed} on`;
  return { status: oneOfMany ? "Warning" : "Inconclusive", reason: "insufficientData", message, n: rows };
}

function noneJudged({ sliceBy, minSliceSize }: GateSpec): Finding {
  const message = `no value of ${sliceBy} has ${minSliceSize} rows, so nothing was judged`;
  return { status: "Inconclusive", reason: "insufficientData", message };
}
