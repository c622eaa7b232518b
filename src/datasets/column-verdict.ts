import type { Json } from "../domain/json.ts";
import type { Verdict } from "../domain/verdict.ts";
import { declaredType, type CheckedColumn } from "./checked-column.ts";

/** Counts of one column's values that its type cannot hold. */
export interface ColumnCounts {
  readonly rows: number;
  /** Texts of a CSV file that are none of the type. */
  readonly untyped: number;
  /** NaN and the infinities. */
  readonly notFinite: number;
}

/** Is the column there, and is it what the contract says? Numbers that are not finite are a warning. */
export function columnVerdict(
  column: CheckedColumn,
  counts: ColumnCounts,
  evidence: { readonly [key: string]: Json },
): Verdict {
  const { declared, missing, wrongType } = column;
  const name = `${declared.name}: column`;
  if (missing !== undefined) return { name, status: "Failed", reason: "missingColumn", message: missing };
  if (wrongType !== undefined)
    return { name, status: "Failed", reason: "wrongType", message: `the column ${wrongType}` };
  const type = declaredType(declared);
  const { rows, untyped, notFinite } = counts;
  const base = { name, n: rows, evidence: { ...evidence, notFinite } };
  if (untyped > 0) {
    const message = `${untyped} of ${rows} values are not of the type ${type}`;
    return { ...base, status: "Failed", reason: "wrongType", message, observed: untyped, bound: 0 };
  }
  if (notFinite > 0) {
    const message = `${notFinite} of ${rows} values are NaN or infinite`;
    return { ...base, status: "Warning", reason: "notFinite", message, observed: notFinite, bound: 0 };
  }
  return {
    ...base,
    status: "Successful",
    message: type === undefined ? "is there" : `is there and of the type ${type}`,
  };
}
