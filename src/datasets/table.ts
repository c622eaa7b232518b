import { groupOf, type ColumnGroup } from "./column-group.ts";
import { csvHeader } from "./csv-header.ts";
import { quoteName, quoteText, textOf, type Session } from "./duckdb-session.ts";
import { isMemoryFault, readingFault } from "./reading-fault.ts";
import { createParameters, type SqlParameters } from "./sql-parameters.ts";
import type { DataFile } from "./table-files.ts";

/** A column as the files have it. CSV columns are text until a contract says what they are. */
export interface TableColumn {
  readonly name: string;
  /** As DuckDB writes it; `VARCHAR` for CSV. */
  readonly type: string;
  readonly group: ColumnGroup;
  /** How the column is called in the relation that `from` gives. */
  readonly reference: string;
}

/** The files of a data set as one relation. */
export interface Table {
  readonly format: "parquet" | "csv";
  readonly files: readonly DataFile[];
  readonly columns: readonly TableColumn[];
  /** The relation in a FROM clause, its files bound in the statement's own parameters. */
  readonly from: (parameters: SqlParameters, files?: readonly DataFile[]) => string;
}

export type OpenedTable =
  | { readonly table: Table; readonly fault?: undefined }
  /** `unreadable`: a file is broken. `disagree`: files have different columns. */
  | { readonly fault: { readonly kind: "unreadable" | "disagree"; readonly message: string } };

/** Looks at every file's columns. Files must agree in names, order and types. */
export async function openTable(
  session: Session,
  files: readonly DataFile[],
  format: "parquet" | "csv",
): Promise<OpenedTable> {
  const [first] = files;
  if (first === undefined) return unreadable("there are no files");
  const seen: { readonly file: DataFile; readonly columns: readonly TableColumn[] }[] = [];
  for (const file of files) {
    const looked = format === "csv" ? await csvColumns(file) : await parquetColumns(session, file);
    if ("fault" in looked) return unreadable(`${file.name} ${looked.fault}`);
    seen.push({ file, columns: looked.columns });
  }
  const columns = seen[0]?.columns ?? [];
  for (const { file, columns: others } of seen.slice(1)) {
    const difference = differenceOf(columns, others);
    if (difference !== undefined) {
      return { fault: { kind: "disagree", message: `${file.name} differs from ${first.name}: ${difference}` } };
    }
  }
  const from: Table["from"] = (parameters, read = files) =>
    format === "csv"
      ? `(${read.map((file) => csvRelation(parameters.files([file.path]), columns)).join(" UNION ALL ")})`
      : `read_parquet(${parameters.files(read.map((file) => file.path))}, hive_partitioning = false)`;
  return { table: { format, files, columns, from } };
}

function unreadable(message: string): OpenedTable {
  return { fault: { kind: "unreadable", message } };
}

type Looked = { readonly columns: readonly TableColumn[] } | { readonly fault: string };

async function parquetColumns(session: Session, file: DataFile): Promise<Looked> {
  if (file.sizeBytes === 0) return { fault: "is empty (0 bytes)" };
  const parameters = createParameters();
  try {
    const sql = `DESCRIBE SELECT * FROM read_parquet(${parameters.files([file.path])}, hive_partitioning = false)`;
    const rows = await session.query({ sql, parameters });
    return {
      columns: rows.map((row) => {
        const name = textOf(row["column_name"]);
        const type = textOf(row["column_type"]);
        return { name, type, group: groupOf(type), reference: quoteName(name) };
      }),
    };
  } catch (error) {
    if (isMemoryFault(error)) throw error;
    return { fault: `cannot be read as Parquet: ${readingFault(error)}` };
  }
}

/** Names are taken from the header by position, so that no name can reach the statement. */
async function csvColumns(file: DataFile): Promise<Looked> {
  const header = await csvHeader(file.path);
  if ("fault" in header) return header;
  return {
    columns: header.names.map((name, index) => ({
      name,
      type: "VARCHAR",
      group: "string" as const,
      reference: `c${index}`,
    })),
  };
}

/** A record may have 8 MiB; the buffer is given because DuckDB would otherwise take sixteen times that. */
const CSV_SIZES = "max_line_size = 8388608, buffer_size = 33554432";

/**
 * No dialect is guessed: a guess can take a broken row for the header and lose the rows before it. And each file is read
 * by a reader of its own: one reader over several files loses a broken first row of a file without a word.
 */
function csvRelation(list: string, columns: readonly TableColumn[]): string {
  const names = columns.map((column) => `${quoteText(column.reference)}: 'VARCHAR'`).join(", ");
  const dialect = `auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', strict_mode = true`;
  return `SELECT * FROM read_csv(${list}, ${dialect}, null_padding = false, ${CSV_SIZES}, columns = {${names}})`;
}

function differenceOf(columns: readonly TableColumn[], others: readonly TableColumn[]): string | undefined {
  for (const [index, column] of columns.entries()) {
    const other = others[index];
    if (other === undefined) return `it has no column ${column.name}`;
    if (other.name !== column.name) return `column ${index + 1} is ${other.name}, not ${column.name}`;
    if (other.type !== column.type) return `${column.name} is ${other.type}, not ${column.type}`;
  }
  const more = others[columns.length];
  return more === undefined ? undefined : `it has a further column ${more.name}`;
}
