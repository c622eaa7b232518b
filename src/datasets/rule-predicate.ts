import type { Limit, Measure, Scalar } from "../spec/contract.ts";
import type { CheckedColumn } from "./checked-column.ts";
import { isNumeric, isTemporal } from "./column-group.ts";
import type { SqlParameters } from "./sql-parameters.ts";

/** Measures that count single rows. */
export type RowMeasure = Exclude<Measure, { readonly kind: "rowCount" | "duplicateValues" | "age" }>;

/** Why a measure cannot be computed on its columns as they are; undefined when it can. */
export function measureFault(measure: Measure, columns: ReadonlyMap<string, CheckedColumn>): string | undefined {
  const names = "columns" in measure ? measure.columns : "column" in measure ? [measure.column] : [];
  for (const name of names) {
    const column = columns.get(name);
    if (column === undefined || column.missing !== undefined)
      return `${name}: ${column?.missing ?? "not in the contract"}`;
    const { group } = column;
    const needs = neededType(measure, group);
    if (needs !== undefined) return `${name} has no ${needs}`;
  }
  return undefined;
}

function neededType(measure: Measure, group: CheckedColumn["group"]): string | undefined {
  if (measure.kind === "age" && !isTemporal(group)) return "dates or times";
  if (measure.kind === "wrongLength" && group !== "string") return "texts";
  if (measure.kind !== "outOfRange") return undefined;
  const comparable = typeof measure.value === "number" ? isNumeric(group) : isTemporal(group);
  return comparable ? undefined : typeof measure.value === "number" ? "numbers" : "dates or times";
}

/** The condition that is true for the rows that the measure counts. */
export function predicateOf(measure: RowMeasure, column: CheckedColumn, parameters: SqlParameters): string {
  const { value, group } = column;
  switch (measure.kind) {
    case "nullValues":
      return nullCondition(column);
    case "missingValues":
      return `(${nullCondition(column)} OR ${amongCondition(column, measure.values, parameters)})`;
    case "notAmong":
      return `(${value} IS NOT NULL AND NOT ${amongCondition(column, measure.values, parameters)})`;
    case "outOfRange":
      return rangeCondition(value, group, measure.limit, measure.value, parameters);
    case "wrongLength":
      return `length(${value}) ${measure.limit === "minLength" ? "<" : ">"} ${parameters.number(measure.value)}`;
    case "patternMismatch":
      return `(${value} IS NOT NULL AND NOT regexp_matches(CAST(${value} AS VARCHAR), ${parameters.text(measure.pattern)}))`;
  }
}

/** NaN is what many tools write for an absent number. */
export function nullCondition({ value, raw, group }: CheckedColumn): string {
  const absent = `${raw ?? value} IS NULL`;
  return group === "float" ? `(${absent} OR coalesce(isnan(${value}), false))` : `(${absent})`;
}

/** Out of range, where NaN and the infinities are out of every range. DuckDB sorts NaN above all numbers. */
function rangeCondition(
  value: string,
  group: CheckedColumn["group"],
  limit: Limit,
  bound: number | string,
  parameters: SqlParameters,
): string {
  const operators = { minimum: "<", exclusiveMinimum: "<=", maximum: ">", exclusiveMaximum: ">=" } as const;
  const placeholder =
    typeof bound === "number"
      ? parameters.number(bound)
      : `CAST(${parameters.text(bound)} AS TIMESTAMP WITH TIME ZONE)`;
  const beyond = `${value} ${operators[limit]} ${placeholder}`;
  return group === "float" ? `(isnan(${value}) OR isinf(${value}) OR ${beyond})` : `(${beyond})`;
}

/** Never NULL, so that it can be negated. Numbers are compared as numbers, all else as text. */
function amongCondition(column: CheckedColumn, values: readonly Scalar[], parameters: SqlParameters): string {
  const { value, raw, group } = column;
  const conditions: string[] = [];
  const numbers = values.filter((entry) => typeof entry === "number");
  const others = values.filter((entry) => typeof entry !== "number").map(String);
  if (isNumeric(group)) {
    if (numbers.length > 0) {
      // A FLOAT column holds 0.1 as the nearest FLOAT: the list is rounded in the same way.
      const list = parameters.numbers(column.isSingle ? numbers.map(Math.fround) : numbers);
      conditions.push(`list_contains(${list}, CAST(${value} AS DOUBLE))`);
    }
    if (raw !== undefined && others.length > 0) conditions.push(`list_contains(${parameters.texts(others)}, ${raw})`);
  } else {
    const texts = values.map(String);
    conditions.push(`list_contains(${parameters.texts(texts)}, CAST(${raw ?? value} AS VARCHAR))`);
  }
  return conditions.length === 0 ? "false" : `coalesce(${conditions.join(" OR ")}, false)`;
}
