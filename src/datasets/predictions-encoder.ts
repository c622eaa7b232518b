import type { DuckDBValue } from "@duckdb/node-api";

/** Numbers texts in the order of their first appearance, up to a limit. */
export interface Encoder {
  readonly values: readonly string[];
  /** The number of a text; -1 for a new one beyond the limit. */
  readonly encode: (text: string) => number;
}

export function createEncoder(limit: number): Encoder {
  const codes = new Map<string, number>();
  const values: string[] = [];
  const encode = (text: string): number => {
    const known = codes.get(text);
    if (known !== undefined) return known;
    if (values.length >= limit) return -1;
    codes.set(text, values.length);
    return values.push(text) - 1;
  };
  return { values, encode };
}

/** A class as text. `true` and `1`, `1.0` and `1` are one class: two columns often hold them in different types. */
export function classText(value: DuckDBValue | undefined): string {
  if (typeof value === "boolean") return value ? "1" : "0";
  return String(value);
}

/** A slice's value as text, as a spec would write it. */
export function sliceText(value: DuckDBValue | undefined): string {
  return String(value);
}
