import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import type { PgDatabase } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/postgres-js";
import type { PostgresJsQueryResultHKT } from "drizzle-orm/postgres-js";
import { migrate as applyMigrations } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";
import { SlipwayError } from "../domain/errors.ts";
import { registryError } from "./registry-error.ts";

/** A pool of connections or an open transaction: the functions of the registry take either. */
export type Database = PgDatabase<PostgresJsQueryResultHKT>;

/** An open registry. `close` waits for what runs, at most five seconds. */
export interface OpenDatabase {
  readonly db: Database;
  close(): Promise<void>;
}

/** A statement that takes longer is given up (and may be tried again): nothing here takes seconds. */
const SESSION = {
  application_name: "slipway",
  statement_timeout: 30_000,
  lock_timeout: 15_000,
  idle_in_transaction_session_timeout: 30_000,
} as const;

/**
 * Opens the registry, waiting for a server that is still starting. Lost connections are made again by themselves.
 * @throws {SlipwayError} `backend.unavailable` when it does not answer for `waitMs` (30 s by default);
 *   `environment.failed` when it refuses the login
 */
export async function openDatabase(
  url: string,
  options: { readonly maxConnections?: number; readonly waitMs?: number } = {},
): Promise<OpenDatabase> {
  const sql = connect(url, options.maxConnections ?? 10);
  const close = () => sql.end({ timeout: 5 });
  try {
    await untilAnswering(sql, options.waitMs ?? 30_000);
  } catch (error) {
    await close();
    throw error;
  }
  return { db: drizzle(sql), close };
}

const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));
const MIGRATION_LOCK = 815_192_001;

/**
 * Brings the tables up to date by the migrations that come with this package. Any number of processes may do it at
 * once: one does it while the others wait. Each migration is all or nothing.
 * @throws {SlipwayError} as `openDatabase` does
 */
export async function migrate(url: string, options: { readonly waitMs?: number } = {}): Promise<void> {
  const sql = connect(url, 1);
  try {
    await untilAnswering(sql, options.waitMs ?? 30_000);
    await sql`set statement_timeout = 0`;
    await sql`set lock_timeout = 0`;
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await applyMigrations(drizzle(sql), { migrationsFolder: MIGRATIONS });
  } catch (error) {
    throw registryError(error);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Asks the registry; what goes wrong is told in our words, without the values that were asked with. */
export async function read<Answer>(asked: PromiseLike<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    throw registryError(error);
  }
}

/** Changes the registry in one transaction, or a part of the one that is open. */
export async function write<Answer>(db: Database, act: (tx: Database) => Promise<Answer>): Promise<Answer> {
  return read(db.transaction(act));
}

function connect(url: string, maxConnections: number): postgres.Sql {
  return postgres(url, {
    max: maxConnections,
    connect_timeout: 10,
    connection: SESSION,
    onnotice: () => {},
    // Quick at first: on one machine the server is back within a second.
    backoff: (attempt) => Math.min(0.1 * 2 ** attempt, 5),
  });
}

const ASK_AGAIN_MS = 200;

async function untilAnswering(sql: postgres.Sql, waitMs: number): Promise<void> {
  const deadlineMs = Date.now() + waitMs;
  for (;;) {
    try {
      await read(sql`select 1`);
      return;
    } catch (error) {
      const passes = error instanceof SlipwayError && error.code === "backend.unavailable";
      if (!passes || Date.now() > deadlineMs) throw error;
      await sleep(ASK_AGAIN_MS);
    }
  }
}
