import { quoteName, type Session, textOf } from "./duckdb-session.ts";
import { createParameters } from "./sql-parameters.ts";

/** The columns of a table of predictions, with their SQL types. */
export type ColumnTypes = ReadonlyMap<string, string>;

/** All rows of both models are held in memory. */
const MOST_ROWS = 5_000_000;

const NEEDED = ["id", "label", "prediction"] as const;
const WHOLE = /^U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?$/u;
const FRACTION = /^(?:FLOAT|DOUBLE|DECIMAL)/u;
const NESTED = /\[|^(?:STRUCT|MAP|UNION|BLOB|BIT|VARIANT)/u;

/** The columns of the file. Names are case-sensitive here, as they are in the script that wrote them. */
export async function columnTypes(session: Session, path: string): Promise<ColumnTypes> {
  const parameters = createParameters();
  const sql = `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(${parameters.text(path)}))`;
  const columns = await session.query({ sql, parameters });
  return new Map(columns.map((column) => [textOf(column["column_name"]), textOf(column["column_type"])]));
}

/** Why the columns are not those of predictions; undefined when they are. */
export function columnProblem(types: ColumnTypes): string | undefined {
  const missing = NEEDED.filter((name) => !types.has(name));
  if (missing.length > 0) {
    const found = [...types.keys()].slice(0, 20).join(", ");
    return `it has no column ${missing.join(" and no column ")}; its columns are ${found}`;
  }
  const nested = NEEDED.find((name) => isNested(types.get(name)));
  if (nested !== undefined) return `the column ${nested} must hold plain values; it holds ${types.get(nested)}`;
  const score = types.get("score");
  if (score !== undefined && !isNumber(score)) {
    return `the column score must hold numbers, the probability of the positive class; it holds ${score}`;
  }
  return undefined;
}

/** Why slices cannot be made of a column; undefined when they can. */
export function sliceColumnProblem(types: ColumnTypes, column: string): string | undefined {
  const type = types.get(column);
  if (type === undefined) {
    const others = [...types.keys()].filter((name) => !["id", "label", "prediction", "score"].includes(name));
    return `it has no column ${column} to make slices of; its further columns are ${others.slice(0, 20).join(", ") || "none"}`;
  }
  return isNested(type) ? `the column ${column} holds ${type}, which makes no slices` : undefined;
}

/** A column as it is selected: decimals and huge whole numbers as doubles, so that 1 and 1.0 are one value. */
export function selected(types: ColumnTypes, column: string): string {
  const name = quoteName(column);
  return column === "score" || /^(?:DECIMAL|U?HUGEINT)/u.test(types.get(column) ?? "")
    ? `CAST(${name} AS DOUBLE)`
    : name;
}

/**
 * What is wrong with the values: the first of missing ids, labels, predictions or scores, and of numbers that are not
 * finite. Counts, never values, since ids and labels may be personal.
 */
export async function valueProblem(session: Session, path: string, types: ColumnTypes): Promise<string | undefined> {
  const parameters = createParameters();
  const columns = ["id", "label", "prediction", "score"].filter((name) => types.has(name));
  const counts = columns.flatMap((name) => {
    const column = quoteName(name);
    const isFraction = FRACTION.test(types.get(name) ?? "");
    const missing = `count(*) FILTER (${column} IS NULL) AS ${quoteName(`missing ${name}`)}`;
    const value = `CAST(${column} AS DOUBLE)`;
    const strange = `count(*) FILTER (isnan(${value}) OR isinf(${value})) AS ${quoteName(`strange ${name}`)}`;
    return isFraction ? [missing, strange] : [missing];
  });
  const sql = `SELECT count(*) AS total, ${counts.join(", ")} FROM read_parquet(${parameters.text(path)})`;
  const [row = {}] = await session.query({ sql, parameters });
  const total = Number(row["total"]);
  if (total === 0) return "it has no rows";
  for (const name of columns) {
    const missing = Number(row[`missing ${name}`]);
    if (missing > 0) return `the column ${name} is empty in ${missing} of ${total} rows`;
    const strange = Number(row[`strange ${name}`] ?? 0);
    if (strange > 0) return `the column ${name} is NaN or infinite in ${strange} of ${total} rows`;
  }
  return total > MOST_ROWS ? `it has ${total} rows; at most ${MOST_ROWS} are compared row by row` : undefined;
}

function isNested(type: string | undefined): boolean {
  return type !== undefined && NESTED.test(type);
}

function isNumber(type: string): boolean {
  return WHOLE.test(type) || (FRACTION.test(type) && !isNested(type));
}
