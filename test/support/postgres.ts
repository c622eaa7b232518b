import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { inject } from "vitest";
import { type Database, migrate, openDatabase } from "../../src/registry/database.ts";
import { type RunningPostgres, startPostgres } from "../../src/workers/embedded/postgres.ts";

/** An empty registry of its own, with all tables, on the server that the test run shares. */
export interface TestDatabase {
  readonly url: string;
  readonly db: Database;
  /** Closes the connections and drops the database. */
  readonly close: () => Promise<void>;
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
): Promise<{ readonly url: string; readonly drop: () => Promise<void> }> {
  const { superuserUrl, url } = await sharedPostgres();
  const name = `test_${randomBytes(6).toString("hex")}`;
  await withClient(superuserUrl, async (client) => {
    if (template !== undefined) await ensureTemplate(client, url);
    await client.query(`create database ${name} owner slipway ${template === undefined ? "" : `template ${template}`}`);
  });
  return {
    url: databaseUrl(url, name),
    drop: () =>
      withClient(superuserUrl, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

async function ensureTemplate(client: Client, url: string): Promise<void> {
  await client.query("select pg_advisory_lock($1)", [TEMPLATE_LOCK]);
  const known = await client.query("select 1 from pg_database where datname = $1 and datistemplate", [TEMPLATE]);
  if (known.rowCount === 0) {
    await client.query(`drop database if exists ${TEMPLATE} with (force)`);
    await client.query(`create database ${TEMPLATE} owner slipway`);
    await migrate(databaseUrl(url, TEMPLATE));
    await client.query(`alter database ${TEMPLATE} is_template true`);
  }
  await client.query("select pg_advisory_unlock($1)", [TEMPLATE_LOCK]);
}

/** Lends a connection of its own for raw SQL. */
export async function withClient<Answer>(url: string, act: (client: Client) => Promise<Answer>): Promise<Answer> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    return await act(client);
  } finally {
    await client.end();
  }
}

function databaseUrl(url: string, name: string): string {
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}
