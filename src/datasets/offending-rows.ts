import type { Json } from "../domain/json.ts";
import type { Measure } from "../spec/contract.ts";
import type { CheckedColumn } from "./checked-column.ts";
import { relation } from "./check-statement.ts";
import type { Session, Statement } from "./duckdb-session.ts";
import { predicateOf } from "./rule-predicate.ts";
import { createParameters } from "./sql-parameters.ts";
import type { Table } from "./table.ts";

const MAX_ROWS = 20;
const MAX_CHARACTERS = 100;

/** What stands in place of a value that must not be shown. */
export const MASKED = "(masked)";

/**
 * Up to 20 rows that break a rule: the rule's columns and the primary key, as texts of at most 100 characters. For
 * duplicates each value once, with how often it is there. Empty for rules that are not about rows.
 */
export async function offendingRows(
  session: Session,
  table: Table,
  columns: readonly CheckedColumn[],
  measure: Measure,
): Promise<readonly Json[]> {
  const names = "columns" in measure ? measure.columns : "column" in measure ? [measure.column] : [];
  const concerned = columns.filter(({ declared }) => names.includes(declared.name));
  if (concerned.length === 0 || measure.kind === "age") return [];
  const keys = columns.filter((column) => column.declared.key && column.missing === undefined);
  const shown = measure.kind === "duplicateValues" ? concerned : [...new Set([...keys, ...concerned])];
  const rows = await session.query(sampleStatement(table, columns, shown, concerned, measure));
  return rows.map((row) => namedRow(row, shown));
}

/** Rows of a CSV column whose text is none of its type. */
export async function untypedRows(session: Session, table: Table, column: CheckedColumn): Promise<readonly Json[]> {
  const parameters = createParameters();
  const where = `${column.raw} IS NOT NULL AND ${column.value} IS NULL`;
  const sql = `${relation(table, [column], parameters)} SELECT ${field(column)} FROM t WHERE ${where} LIMIT ${MAX_ROWS}`;
  return (await session.query({ sql, parameters })).map((row) => namedRow(row, [column]));
}

function sampleStatement(
  table: Table,
  columns: readonly CheckedColumn[],
  shown: readonly CheckedColumn[],
  concerned: readonly CheckedColumn[],
  measure: Exclude<Measure, { readonly kind: "age" }>,
): Statement {
  const parameters = createParameters();
  const withT = relation(table, columns, parameters);
  const [column] = concerned;
  if (measure.kind === "duplicateValues" || measure.kind === "rowCount" || column === undefined) {
    const present = concerned.map(({ value }) => `${value} IS NOT NULL`).join(" AND ");
    const group = concerned.map(({ value }) => value).join(", ");
    const sql =
      `${withT} SELECT ${concerned.map((one) => field(one, one.value)).join(", ")}, count(*) AS times FROM t WHERE ${present} GROUP BY ${group} ` +
      `HAVING count(*) > 1 ORDER BY times DESC LIMIT ${MAX_ROWS}`;
    return { sql, parameters };
  }
  const where = predicateOf(measure, column, parameters);
  return {
    sql: `${withT} SELECT ${shown.map((one) => field(one)).join(", ")} FROM t WHERE ${where} LIMIT ${MAX_ROWS}`,
    parameters,
  };
}

/** Values that must not be shown do not even leave the database. */
function field({ value, raw, declared }: CheckedColumn, source = raw ?? value): string {
  if (declared.sensitive) return `CASE WHEN ${source} IS NOT NULL THEN '${MASKED}' END AS ${value}`;
  return `left(CAST(${source} AS VARCHAR), ${MAX_CHARACTERS}) AS ${value}`;
}

function namedRow(row: Readonly<Record<string, unknown>>, shown: readonly CheckedColumn[]): Json {
  const cells = shown.map(({ declared, value }) => [declared.name, text(row[value])] as const);
  const times = row["times"];
  return Object.fromEntries(times === undefined ? cells : [...cells, ["(times)", Number(times)]]) as Json;
}

function text(cell: unknown): string | null {
  return typeof cell === "string" ? cell : null;
}
