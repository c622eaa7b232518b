import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { type PgDatabase, PgTransaction } from "drizzle-orm/pg-core";
import { drizzle, type NodePgQueryResultHKT } from "drizzle-orm/node-postgres";
import { migrate as applyMigrations } from "drizzle-orm/node-postgres/migrator";
import { Client, type ClientConfig, Pool } from "pg";
import { SlipwayError } from "../domain/errors.ts";
import { registryError } from "./registry-error.ts";

/** A pool of connections or an open transaction: the functions of the registry take either. */
export type Database = PgDatabase<NodePgQueryResultHKT>;

/** An open registry. `close` waits for what runs. */
export interface OpenDatabase {
  readonly db: Database;
  readonly close: () => Promise<void>;
}

/**
 * Opens the registry, waiting for a server that is still starting. Lost connections are made again by themselves.
 * @throws {SlipwayError} `backend.unavailable` when it does not answer for `waitMs` (30 s by default);
 *   `environment.failed` when it refuses the login
 */
export async function openDatabase(
  url: string,
  options: { readonly maxConnections?: number; readonly waitMs?: number } = {},
): Promise<OpenDatabase> {
  const pool = new Pool({ ...connectionTo(url), max: options.maxConnections ?? 10 });
  // A connection that dies is told by the query on it; an idle one is replaced by the pool.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  try {
    await untilAnswering(() => pool.query("select 1"), options.waitMs ?? 30_000);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return { db: databaseOn(pool), close: () => pool.end() };
}

/**
 * drizzle begins a transaction before it takes care of the connection: one that died just then would be lost to the
 * pool for ever. So the connection is taken and given back here.
 */
function databaseOn(pool: Pool): Database {
  const transaction: Database["transaction"] = async (act, config) => {
    const client = await pool.connect();
    try {
      return await drizzle(client).transaction(act, config);
    } finally {
      client.release();
    }
  };
  return Object.assign(drizzle(pool), { transaction });
}

const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));
const MIGRATION_LOCK = 815_192_001;

/**
 * Brings the tables up to date by the migrations that come with this package. Any number of processes may do it at
 * once: one does it while the others wait. Each migration is all or nothing.
 * @throws {SlipwayError} as `openDatabase` does
 */
export async function migrate(url: string, options: { readonly waitMs?: number } = {}): Promise<void> {
  const config = { ...connectionTo(url), statement_timeout: 0, lock_timeout: 0 };
  await untilAnswering(() => withClient(config, (client) => client.query("select 1")), options.waitMs ?? 30_000);
  await read(
    withClient(config, async (client) => {
      await client.query("select pg_advisory_lock($1)", [MIGRATION_LOCK]);
      await applyMigrations(drizzle(client), { migrationsFolder: MIGRATIONS });
    }),
  );
}

/** Lends a connection of its own, and ends it: with it go its locks. */
async function withClient<Answer>(config: ClientConfig, act: (client: Client) => Promise<Answer>): Promise<Answer> {
  const client = new Client(config);
  client.on("error", () => {});
  try {
    await client.connect();
    return await act(client);
  } finally {
    await client.end();
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
  // Within a transaction the change is one with it already; a savepoint would cost two more round trips.
  return read(isTransaction(db) ? act(db) : db.transaction(act));
}

function isTransaction(db: unknown): boolean {
  return db instanceof PgTransaction;
}

/** A statement that takes longer is given up (and may be tried again): nothing here takes seconds. */
function connectionTo(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: "slipway",
    connectionTimeoutMillis: 15_000,
    statement_timeout: 30_000,
    lock_timeout: 15_000,
    idle_in_transaction_session_timeout: 30_000,
    keepAlive: true,
  };
}

const ASK_AGAIN_MS = 200;

async function untilAnswering(ask: () => Promise<unknown>, waitMs: number): Promise<void> {
  const deadlineMs = Date.now() + waitMs;
  for (;;) {
    try {
      await read(ask());
      return;
    } catch (error) {
      const passes = error instanceof SlipwayError && error.code === "backend.unavailable";
      if (!passes || Date.now() > deadlineMs) throw error;
      await sleep(ASK_AGAIN_MS);
    }
  }
}
