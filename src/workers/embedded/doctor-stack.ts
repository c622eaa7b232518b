import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Connection } from "@temporalio/client";
import postgres from "postgres";
import { SEARCH_ATTRIBUTES, TASK_QUEUE } from "../../domain/messages.ts";
import { isAlive } from "../../supervisor/process-identity.ts";
import type { Examination, Finding, Patient } from "./doctor.ts";
import { PART_NAMES } from "./part.ts";
import { readPartRecord, readUpRecord } from "./run-files.ts";
import { missingSearchAttributes, pollers, whenServing } from "./temporal-namespace.ts";
import { NAMESPACE } from "./temporal-server.ts";

const START = "Start the stack with `slipway up`.";
const START_AGAIN = "Stop the stack and start it again: `slipway down`, then `slipway up`.";

/** Whether the stack of this home is whole. When it does not run there is only that to say. */
export function stackChecks({ config }: Patient): readonly Examination[] {
  const watcher = readUpRecord(config.home);
  const isUp = watcher !== undefined && isAlive(watcher);
  const stack: Examination = {
    name: "stack",
    remedy: "Start `slipway up`: it adopts the parts that a killed one left running.",
    examine: async () => stackFinding(config.home, isUp ? watcher.pid : undefined),
  };
  if (!isUp) return [stack];
  return [
    stack,
    ...PART_NAMES.map((part) => ({
      name: part,
      remedy: `See ${join(config.home, "logs", `${part}.log`)}.`,
      examine: async () => partFinding(config.home, part),
    })),
    {
      name: "Temporal namespace",
      remedy: START_AGAIN,
      examine: () => withTemporal(config.home, namespaceFinding),
    },
    {
      name: "registry tables",
      remedy: START_AGAIN,
      examine: () => migrationsFinding(config.home),
    },
    {
      name: "worker polls",
      remedy: `See ${join(config.home, "logs", "worker.log")}. ${START}`,
      examine: () => withTemporal(config.home, pollingFinding),
    },
  ];
}

function stackFinding(home: string, watcher: number | undefined): Finding {
  if (watcher !== undefined) return { ok: true, found: `running below ${home} (pid ${watcher})` };
  const left = PART_NAMES.filter((part) => partFinding(home, part).ok);
  if (left.length === 0) return { ok: true, found: `not running below ${home}; \`slipway up\` starts it` };
  return { ok: false, found: `nobody watches ${left.join(", ")}, which still run` };
}

function partFinding(home: string, part: (typeof PART_NAMES)[number]): Finding {
  const record = readPartRecord(home, part);
  if (record === undefined || !isAlive(record)) return { ok: false, found: "not running" };
  const where = record.port === undefined ? "" : `, port ${record.port}`;
  return { ok: record.readyAtMs !== undefined, found: `pid ${record.pid}${where}` };
}

async function withTemporal(home: string, ask: (connection: Connection) => Promise<Finding>): Promise<Finding> {
  const port = readPartRecord(home, "temporal")?.port;
  const connection = await whenServing(`127.0.0.1:${port}`, NAMESPACE);
  if (connection === undefined) return { ok: false, found: `Temporal does not answer on port ${port}` };
  try {
    return await ask(connection);
  } finally {
    await connection.close();
  }
}

async function namespaceFinding(connection: Connection): Promise<Finding> {
  const missing = await missingSearchAttributes(connection, NAMESPACE, SEARCH_ATTRIBUTES);
  if (missing.length === 0) return { ok: true, found: `all ${SEARCH_ATTRIBUTES.length} search attributes registered` };
  return { ok: false, found: `search attributes missing: ${missing.join(", ")}` };
}

async function pollingFinding(connection: Connection): Promise<Finding> {
  const identities = await pollers(connection, NAMESPACE, TASK_QUEUE);
  return { ok: identities.length > 0, found: identities.join(", ") || "nobody polls" };
}

/** As many migrations applied as this package has. */
async function migrationsFinding(home: string): Promise<Finding> {
  const journal = fileURLToPath(new URL("../../../migrations/meta/_journal.json", import.meta.url));
  const { entries } = JSON.parse(readFileSync(journal, "utf8")) as { entries: unknown[] };
  const environment = join(home, "env");
  if (!existsSync(environment)) return { ok: false, found: `${environment} is missing` };
  const url = /^SLIPWAY_DATABASE_URL=(.*)$/mu.exec(readFileSync(environment, "utf8"))?.[1] ?? "";
  const sql = postgres(url, { max: 1, connect_timeout: 5 });
  try {
    const [row] = await sql<{ applied: number }[]>`select count(*)::int as applied from drizzle.__drizzle_migrations`;
    const applied = row?.applied ?? 0;
    return { ok: applied === entries.length, found: `${applied} of ${entries.length} migrations applied` };
  } finally {
    await sql.end();
  }
}
