import { DuckDBInstance, type DuckDBConnection, type DuckDBType, type DuckDBValue, type Json } from "@duckdb/node-api";
import type { ReadingLimits } from "./check-message.ts";
import { createParameters, type SqlParameters } from "./sql-parameters.ts";

/** A statement with its bound values. */
export interface Statement {
  readonly sql: string;
  readonly parameters: SqlParameters;
}

/** A database without a file that can read one folder and nothing else of the machine. */
export interface Session {
  /** Rows as JSON objects: whole numbers beyond 32 bits, and decimals, are texts. */
  query(statement: Statement): Promise<readonly Readonly<Record<string, Json>>[]>;
  readonly connection: DuckDBConnection;
  /** Such as `duckdb v1.5.6`. */
  readonly engine: string;
  [Symbol.dispose](): void;
}

/**
 * Opens DuckDB with its limits and its sandbox: the allowed folder is set before access to all others is taken away,
 * and then nothing of it can be changed. Extensions are never loaded.
 */
export async function openSession(dir: string, limits: ReadingLimits): Promise<Session> {
  const instance = await DuckDBInstance.create(":memory:", {
    threads: String(limits.threads),
    memory_limit: `${Math.floor(limits.memoryBytes / 1024)}KiB`,
    temp_directory: limits.spillDir,
    max_temp_directory_size: `${Math.floor(limits.spillBytes / 1024)}KiB`,
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    preserve_insertion_order: "false",
  });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  // Counting the rows that were read is part of the progress bar; printing it is not wanted.
  await connection.run("SET enable_progress_bar = true");
  await connection.run("SET enable_progress_bar_print = false");
  await connection.run(`SET allowed_directories = [${quoteText(dir.endsWith("/") ? dir : `${dir}/`)}]`);
  await connection.run("SET enable_external_access = false");
  await connection.run("SET lock_configuration = true");
  const query = async ({ sql, parameters }: Statement): Promise<readonly Readonly<Record<string, Json>>[]> => {
    const values: Record<string, DuckDBValue> = {};
    const types: Record<string, DuckDBType> = {};
    for (const [name, { value, type }] of parameters.bound) {
      values[name] = value;
      types[name] = type;
    }
    const reader = await connection.runAndReadAll(sql, values, types);
    return reader.getRowObjectsJson();
  };
  const [version] = await query({ sql: "SELECT version() AS version", parameters: createParameters() });
  return {
    query,
    connection,
    engine: `duckdb ${textOf(version?.["version"])}`,
    [Symbol.dispose]: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** The text of a result's cell; empty for NULL. */
export function textOf(cell: Json | undefined): string {
  return typeof cell === "string" ? cell : "";
}

/** A text as an SQL literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as an SQL identifier, whatever it holds. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
