import type { Session } from "./duckdb-session.ts";
import { isInterrupt, isMemoryFault } from "./reading-fault.ts";
import { createParameters } from "./sql-parameters.ts";
import type { DataFile } from "./table-files.ts";
import { openTable } from "./table.ts";

/** How many rows the files have together; 0 when they cannot be read, which a check explains. */
export async function countRows(
  session: Session,
  files: readonly DataFile[],
  format: "parquet" | "csv",
): Promise<number> {
  const opened = await openTable(session, files, format);
  if (opened.fault !== undefined) return 0;
  const parameters = createParameters();
  const sql = `SELECT count(*) AS n FROM ${opened.table.from(parameters)}`;
  try {
    const [row] = await session.query({ sql, parameters });
    return Number(row?.["n"] ?? 0);
  } catch (error) {
    if (isMemoryFault(error) || isInterrupt(error)) throw error;
    return 0;
  }
}
