import { BIGINT, DOUBLE, LIST, listValue, VARCHAR, type DuckDBType, type DuckDBValue } from "@duckdb/node-api";

export interface BoundValue {
  readonly value: DuckDBValue;
  readonly type: DuckDBType;
  /** For digests and records. */
  readonly plain: number | string | readonly (number | string)[];
  /** Paths of this machine, which are no part of what was computed. */
  readonly isFiles: boolean;
}

/**
 * Collects the values of one statement. Numbers are always bound and never written into the text: as literals some
 * come back one unit in the last place off.
 */
export interface SqlParameters {
  readonly bound: ReadonlyMap<string, BoundValue>;
  /** The placeholder of a number; whole numbers are bound as such, so that large ids compare exactly. */
  number(value: number): string;
  text(value: string): string;
  numbers(values: readonly number[]): string;
  texts(values: readonly string[]): string;
  files(paths: readonly string[]): string;
}

export function createParameters(): SqlParameters {
  const bound = new Map<string, BoundValue>();
  const add = (entry: BoundValue): string => {
    const name = `p${bound.size}`;
    bound.set(name, entry);
    return `$${name}`;
  };
  return {
    bound,
    number: (value) =>
      add({
        ...(Number.isSafeInteger(value) ? { value: BigInt(value), type: BIGINT } : { value, type: DOUBLE }),
        plain: value,
        isFiles: false,
      }),
    text: (value) => add({ value, type: VARCHAR, plain: value, isFiles: false }),
    numbers: (values) => add({ value: listValue([...values]), type: LIST(DOUBLE), plain: values, isFiles: false }),
    texts: (values) => add({ value: listValue([...values]), type: LIST(VARCHAR), plain: values, isFiles: false }),
    files: (paths) => add({ value: listValue([...paths]), type: LIST(VARCHAR), plain: paths, isFiles: true }),
  };
}
