import type { GateSpec } from "../../src/domain/plan.ts";
import type { Verdict } from "../../src/domain/verdict.ts";
import type { EvaluationEvidence, PairedRows, RowPredictions } from "../../src/gates/evidence.ts";
import { judgeGates } from "../../src/gates/judge.ts";

/** The smallest valid gate: accuracy against nothing yet. */
export function gateOf(changes: Partial<GateSpec>): GateSpec {
  return {
    name: "gate",
    metric: "accuracy",
    direction: "decrease",
    minSliceSize: 1,
    onFail: "block",
    onInconclusive: "block",
    onNoBaseline: "block",
    ...changes,
  };
}

/** One row: what is true, what each model said, and what makes it part of a slice. */
export interface Row {
  readonly label: 0 | 1;
  readonly candidate: 0 | 1;
  readonly champion?: 0 | 1;
  readonly score?: number;
  readonly championScore?: number;
  readonly slice?: string;
}

/** Rows with the column `group` as their slice. Scores are there when the first row has one. */
export function rowsOf(rows: readonly Row[]): PairedRows {
  const values = [...new Set(rows.map(({ slice }) => slice ?? "null"))];
  const [first] = rows;
  const answers = (prediction: (row: Row) => number, score: (row: Row) => number | undefined): RowPredictions => ({
    prediction: Int32Array.from(rows, prediction),
    ...(first !== undefined &&
      score(first) !== undefined && { score: Float64Array.from(rows, (row) => score(row) ?? Number.NaN) }),
  });
  return {
    rows: rows.length,
    classes: ["0", "1"],
    label: Int32Array.from(rows, ({ label }) => label),
    candidate: answers(
      ({ candidate }) => candidate,
      ({ score }) => score,
    ),
    ...(first?.champion !== undefined && {
      champion: answers(
        ({ champion }) => champion ?? -1,
        ({ championScore }) => championScore,
      ),
    }),
    slices: { group: { values, codes: Int32Array.from(rows, ({ slice }) => values.indexOf(slice ?? "null")) } },
  };
}

/** The smallest evidence: no champion, no rows, no metrics. */
export function evidenceOf(changes: Partial<EvaluationEvidence>): EvaluationEvidence {
  return {
    baseline: changes.rows?.champion !== undefined,
    sliceProblems: {},
    candidateMetrics: {},
    championMetrics: {},
    metricsProblems: {},
    ...changes,
  };
}

/** So many rows of each outcome: both models right, only one of them, neither. */
export function outcomes(
  counts: { both?: number; onlyCandidate?: number; onlyChampion?: number; neither?: number },
  slice?: string,
): readonly Row[] {
  const some = (count: number | undefined, candidate: 0 | 1, champion: 0 | 1): readonly Row[] =>
    Array.from({ length: count ?? 0 }, () => ({
      label: 1,
      candidate,
      champion,
      ...(slice !== undefined && { slice }),
    }));
  return [
    ...some(counts.both, 1, 1),
    ...some(counts.onlyCandidate, 1, 0),
    ...some(counts.onlyChampion, 0, 1),
    ...some(counts.neither, 0, 0),
  ];
}

export const SEED = 7;

/** The verdicts of one gate on some evidence, each completed to the smallest valid one. */
export function judge(gate: Partial<GateSpec>, evidence: Partial<EvaluationEvidence>): readonly Verdict[] {
  return judgeGates([gateOf(gate)], evidenceOf(evidence), SEED).map(({ verdict }) => verdict);
}
