import type { GateSpec } from "../domain/plan.ts";
import type { EvaluationEvidence, PairedRows, RowPredictions } from "./evidence.ts";
import type { Problem } from "./finding.ts";
import { problem } from "./finding.ts";

/** Rows that a gate judges together. */
export interface Slice {
  /** The value of the gate's `sliceBy` column, such as `SEX=1`; absent when there is none. */
  readonly name?: string;
  readonly rows: PairedRows;
}

/** The columns that the gates cut slices by: these must be read with the predictions. */
export function sliceColumnsOf(gates: readonly GateSpec[]): readonly string[] {
  const named = gates.flatMap(({ slice, sliceBy }) => [
    ...Object.keys(slice ?? {}),
    ...(sliceBy === undefined ? [] : [sliceBy]),
  ]);
  return [...new Set(named)].toSorted();
}

/** The rows that a gate looks at: all, those of its `slice`, or those of each value of `sliceBy`, by value. */
export function slicesOf(gate: GateSpec, rows: PairedRows, evidence: EvaluationEvidence): readonly Slice[] | Problem {
  const absent = sliceColumnsOf([gate]).find((column) => rows.slices[column] === undefined);
  if (absent !== undefined) {
    return problem("missingColumn", evidence.sliceProblems[absent] ?? `the predictions have no column ${absent}`);
  }
  const chosen = gate.slice === undefined ? rows : rowsWhere(rows, gate.slice);
  if (gate.sliceBy === undefined) return [{ rows: chosen }];
  const slices = rowsByValue(chosen, gate.sliceBy);
  return slices.length > 0 ? slices : problem("noRows", `no row has a value of ${gate.sliceBy}`);
}

function rowsWhere(rows: PairedRows, selector: NonNullable<GateSpec["slice"]>): PairedRows {
  const wanted = Object.entries(selector).map(([column, value]) => {
    const found = rows.slices[column];
    return { codes: found?.codes, code: found?.values.indexOf(String(value)) };
  });
  return gathered(
    rows,
    Int32Array.from(rows.label.keys()).filter((row) => wanted.every(({ codes, code }) => codes?.[row] === code)),
  );
}

function rowsByValue(rows: PairedRows, column: string): readonly Slice[] {
  const { values, codes } = rows.slices[column] ?? { values: [], codes: new Int32Array() };
  const byCode: number[][] = values.map(() => []);
  codes.forEach((code, row) => byCode[code]?.push(row));
  return byCode
    .map((members, code) => ({ name: `${column}=${values[code]}`, members }))
    .filter(({ members }) => members.length > 0)
    .toSorted((one, other) => one.name.localeCompare(other.name, "en", { numeric: true }))
    .map(({ name, members }) => ({ name, rows: gathered(rows, Int32Array.from(members)) }));
}

/** The rows with these numbers, as compact arrays. */
function gathered(rows: PairedRows, members: Int32Array): PairedRows {
  const pick = (codes: Int32Array): Int32Array => members.map((row) => codes[row] ?? -1);
  const ofModel = ({ prediction, score }: RowPredictions): RowPredictions => ({
    prediction: pick(prediction),
    ...(score && { score: Float64Array.from(members, (row) => score[row] ?? Number.NaN) }),
  });
  return {
    rows: members.length,
    classes: rows.classes,
    label: pick(rows.label),
    candidate: ofModel(rows.candidate),
    ...(rows.champion && { champion: ofModel(rows.champion) }),
    slices: Object.fromEntries(
      Object.entries(rows.slices).map(([name, { values, codes }]) => [name, { values, codes: pick(codes) }]),
    ),
  };
}
