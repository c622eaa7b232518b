import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { inject } from "vitest";
import { type Database, migrate, openDatabase } from "../../src/registry/database.ts";
import { type RunningPostgres, startPostgres } from "../../src/workers/embedded/postgres.ts";

/** An empty registry of its own, with all tables, on the server that the test run shares. */
export interface TestDatabase {
  readonly url: string;
  readonly db: Database;
  /** Closes the connections and drops the database. */
  close(): Promise<void>;
}

const TEMPLATE = "slipway_template";
const TEMPLATE_LOCK = 815_192_002;

let server: Promise<RunningPostgres> | undefined;

/** The shared server, started by the first who asks, in whichever process. */
export function sharedPostgres(): Promise<RunningPostgres> {
  return (server ??= startPostgres({ home: inject("postgresHome"), port: 25_432 }));
}

/** Makes a registry by copying one that is migrated once per run. */
export async function freshDatabase(): Promise<TestDatabase> {
  const database = await emptyDatabase(TEMPLATE);
  const opened = await openDatabase(database.url);
  return {
    url: database.url,
    db: opened.db,
    async close() {
      await opened.close();
      await database.drop();
    },
  };
}

/** Makes a database without tables, or a copy of a template. */
export async function emptyDatabase(
  template?: typeof TEMPLATE,
): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const { superuserUrl, url } = await sharedPostgres();
  const name = `test_${randomBytes(6).toString("hex")}`;
  await asSuperuser(superuserUrl, async (sql) => {
    if (template !== undefined) await ensureTemplate(sql, url);
    await sql.unsafe(`create database ${name} owner slipway ${template === undefined ? "" : `template ${template}`}`);
  });
  return {
    url: databaseUrl(url, name),
    drop: () => asSuperuser(superuserUrl, (sql) => sql.unsafe(`drop database if exists ${name} with (force)`)),
  };
}

async function ensureTemplate(sql: postgres.Sql, url: string): Promise<void> {
  await sql`select pg_advisory_lock(${TEMPLATE_LOCK})`;
  const [known] = await sql`select 1 from pg_database where datname = ${TEMPLATE} and datistemplate`;
  if (known === undefined) {
    await sql.unsafe(`drop database if exists ${TEMPLATE} with (force)`);
    await sql.unsafe(`create database ${TEMPLATE} owner slipway`);
    await migrate(databaseUrl(url, TEMPLATE));
    await sql.unsafe(`alter database ${TEMPLATE} is_template true`);
  }
  await sql`select pg_advisory_unlock(${TEMPLATE_LOCK})`;
}

async function asSuperuser(url: string, act: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await act(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

function databaseUrl(url: string, name: string): string {
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}
