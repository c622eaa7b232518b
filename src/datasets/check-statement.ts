import type { DataRule, Measure } from "../spec/contract.ts";
import type { CheckedColumn } from "./checked-column.ts";
import type { Statement } from "./duckdb-session.ts";
import { measureFault, predicateOf } from "./rule-predicate.ts";
import { createParameters, type SqlParameters } from "./sql-parameters.ts";
import type { Table } from "./table.ts";

/** One rule with the name of its result, or why it cannot be computed. */
export type CompiledRule =
  | { readonly rule: DataRule; readonly result: string; readonly expression: string; readonly fault?: undefined }
  | { readonly rule: DataRule; readonly fault: string };

/** All rules of a table in one statement with one row of results. */
export interface CheckStatement {
  readonly statement: Statement;
  readonly rules: readonly CompiledRule[];
}

/** Results beside the rules': all rows; per column the values that are none of its type, and those that are not finite. */
export const RESULTS = {
  rows: "n",
  untyped: (column: CheckedColumn) => `untyped_${column.value}`,
  notFinite: (column: CheckedColumn) => `notfinite_${column.value}`,
  future: (result: string) => `future_${result}`,
} as const;

export function checkStatement(
  table: Table,
  columns: readonly CheckedColumn[],
  rules: readonly DataRule[],
  asOfMs: number,
): CheckStatement {
  const parameters = createParameters();
  const byName = new Map(columns.map((column) => [column.declared.name, column]));
  const results = [`count(*) AS ${RESULTS.rows}`, ...readWhole(table), ...columns.flatMap(columnResults)];
  const compiled = rules.map((rule, index): CompiledRule => {
    const fault = measureFault(rule.measure, byName);
    if (fault !== undefined) return { rule, fault };
    const result = `m${index}`;
    const expression = expressionOf(rule.measure, byName, parameters, asOfMs);
    results.push(`${expression} AS ${result}`);
    if (rule.measure.kind === "age") {
      const future = `${epochMs(byName.get(rule.measure.column))} > ${parameters.number(asOfMs)}`;
      results.push(`count(*) FILTER (WHERE ${future}) AS ${RESULTS.future(result)}`);
    }
    return { rule, result, expression };
  });
  const sql = `${relation(table, columns, parameters)}\nSELECT\n  ${results.join(",\n  ")}\nFROM t`;
  return { statement: { sql, parameters }, rules: compiled };
}

/** `WITH t AS (…)`: the columns under names of ours. Never materialised, so that memory stays flat. */
export function relation(table: Table, columns: readonly CheckedColumn[], parameters: SqlParameters): string {
  const untouched = table.format === "csv" ? table.columns.map(({ reference }) => `${reference} AS ${reference}`) : [];
  const fields = columns.flatMap(({ value, valueSql, raw, rawSql }) => [
    `${valueSql} AS ${value}`,
    ...(raw === undefined || rawSql === undefined ? [] : [`${rawSql} AS ${raw}`]),
  ]);
  const selected = [...fields, ...untouched];
  return `WITH t AS NOT MATERIALIZED (SELECT ${selected.length === 0 ? "1 AS one" : selected.join(", ")} FROM ${table.from(parameters)})`;
}

/** DuckDB looks only into fields that are asked for: bad bytes in the others of a CSV record would pass unseen. */
function readWhole(table: Table): readonly string[] {
  return table.format === "csv"
    ? [`count(COLUMNS(['${table.columns.map(({ reference }) => reference).join("', '")}']))`]
    : [];
}

function columnResults(column: CheckedColumn): readonly string[] {
  const { value, raw, group } = column;
  const results: string[] = [];
  if (raw !== undefined) {
    results.push(`count(*) FILTER (WHERE ${raw} IS NOT NULL AND ${value} IS NULL) AS ${RESULTS.untyped(column)}`);
  }
  if (group === "float") {
    results.push(`count(*) FILTER (WHERE isnan(${value}) OR isinf(${value})) AS ${RESULTS.notFinite(column)}`);
  }
  return results;
}

function expressionOf(
  measure: Measure,
  columns: ReadonlyMap<string, CheckedColumn>,
  parameters: SqlParameters,
  asOfMs: number,
): string {
  if (measure.kind === "rowCount") return "count(*)";
  if (measure.kind === "duplicateValues") return duplicates(measure.columns.map((name) => valueOf(columns.get(name))));
  const column = columns.get(measure.column);
  if (measure.kind === "age") {
    const time = epochMs(column);
    return `max(${time}) FILTER (WHERE ${time} <= ${parameters.number(asOfMs)})`;
  }
  return column === undefined ? "NULL" : `count(*) FILTER (WHERE ${predicateOf(measure, column, parameters)})`;
}

function valueOf(column: CheckedColumn | undefined): string {
  return column?.value ?? "NULL";
}

function duplicates(values: readonly string[]): string {
  const present = values.map((value) => `${value} IS NOT NULL`).join(" AND ");
  const groups = `SELECT count(*) AS n FROM t WHERE ${present} GROUP BY ${values.join(", ")} HAVING count(*) > 1`;
  return `(SELECT CAST(coalesce(sum(n - 1), 0) AS BIGINT) FROM (${groups}))`;
}

/** Milliseconds since 1970 in UTC; NULL for the infinite times. */
function epochMs(column: CheckedColumn | undefined): string {
  const value = valueOf(column);
  const time = column?.group === "date" ? `CAST(${value} AS TIMESTAMP)` : value;
  return `CASE WHEN isfinite(${value}) THEN epoch_ms(${time}) END`;
}
