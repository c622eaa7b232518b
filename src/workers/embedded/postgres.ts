import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { SlipwayError } from "../../domain/errors.ts";
import type { ProcessIdentity } from "../../supervisor/process-identity.ts";
import { logTail, openLog } from "./part-log.ts";
import { choosePort } from "./ports.ts";
import { POSTGRES_ENVIRONMENT, type PostgresAccount, postgresAccount } from "./postgres-account.ts";
import { findPostgresBinaries, type PostgresBinaries } from "./postgres-binaries.ts";
import { SUPERUSER, ensureCluster } from "./postgres-cluster.ts";
import { type PostgresPlace, findPlace } from "./postgres-place.ts";
import { type Postmaster, findPostmaster, removeStaleLock } from "./postgres-postmaster.ts";
import { stopProcess } from "./process-stop.ts";

/** A running server. It outlives this process: stop it, or find it again with another start. */
export interface RunningPostgres extends ProcessIdentity {
  /** Of the database `slipway`, for its owner. Holds the password. */
  readonly url: string;
  /** Of the database `postgres`, for the role that may do everything. Holds the password. */
  readonly superuserUrl: string;
  readonly port: number;
  /** Was it found running, rather than started? */
  readonly adopted: boolean;
  /** Ends sessions and the server (fast shutdown); kills it when that takes longer than 30 s, which loses nothing. */
  stop(): Promise<void>;
}

const FIRST_PORT = 15_432;
const START_TIMEOUT_MS = 120_000;
const STOP_GRACE_MS = 30_000;
const LOOK_EVERY_MS = 50;

/**
 * Finds the server of this home running, or starts it, making its data folder first if there is none. Loopback only,
 * with a password that lies in `<home>/postgres/password` (mode 0600). As root the server runs under the account
 * `postgres` or `nobody`. The port is the one asked for, else that of the last run, else any that is free. May be
 * called twice, and by two processes at once; after a SIGKILL of the server the next start recovers.
 *
 * @throws {SlipwayError} `prerequisite.missing` when this machine cannot run it; `backend.unavailable` with the end of
 *   the log when it does not come up within two minutes; `environment.failed` when its folder cannot be made
 */
export async function startPostgres(options: {
  readonly home: string;
  readonly port?: number;
}): Promise<RunningPostgres> {
  const account = await postgresAccount();
  const place = await findPlace(options.home, account);
  const binaries = await findPostgresBinaries(account, place.spareFolder);
  await ensureCluster(place, binaries, account);
  const { postmaster, adopted } = await findOrStart(place, binaries, account, options.port);
  place.rememberPort(postmaster.port);
  const superuserUrl = urlOf(SUPERUSER, place.password, postmaster.port, "postgres");
  await ensureDatabase(superuserUrl, place.password);
  const { pid, startTime, bootId, port } = postmaster;
  const stop = async (): Promise<void> => {
    await stopProcess({ pid, startTime, bootId }, "SIGINT", STOP_GRACE_MS);
  };
  const url = urlOf("slipway", place.password, port, "slipway");
  return { url, superuserUrl, port, pid, startTime, bootId, adopted, stop };
}

function urlOf(role: string, password: string, port: number, database: string): string {
  return `postgres://${role}:${password}@127.0.0.1:${port}/${database}`;
}

async function findOrStart(
  place: PostgresPlace,
  binaries: PostgresBinaries,
  account: PostgresAccount | undefined,
  wantedPort: number | undefined,
): Promise<{ readonly postmaster: Postmaster; readonly adopted: boolean }> {
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  const taken: number[] = [];
  let said = "it is busy starting";
  while (Date.now() < deadlineMs) {
    const found = await findPostmaster(place.dataFolder);
    if (found?.ready === true) return { postmaster: found, adopted: true };
    if (found === undefined) {
      await removeStaleLock(place.dataFolder);
      const { port } = await choosePort([wantedPort ?? place.lastPort ?? FIRST_PORT], taken);
      const ended = await tryStart(place, binaries, account, { port, deadlineMs });
      if (typeof ended !== "string") return { postmaster: ended, adopted: false };
      said = ended;
      if (said.includes("could not create any TCP/IP sockets")) taken.push(port);
      else if (!PASSES_BY_ITSELF.test(said)) break;
    }
    await sleep(LOOK_EVERY_MS);
  }
  throw new SlipwayError("backend.unavailable", `PostgreSQL in ${place.dataFolder} does not come up:\n${said}`);
}

/** Another start won the race, or the backends of a killed server have not all ended yet. */
const PASSES_BY_ITSELF = /lock file ".*" already exists|pre-existing shared memory block/u;

/** Starts a server of its own session; returns it when it is ready, or the end of its log when it has ended. */
async function tryStart(
  place: PostgresPlace,
  binaries: PostgresBinaries,
  account: PostgresAccount | undefined,
  limits: { readonly port: number; readonly deadlineMs: number },
): Promise<Postmaster | string> {
  const { descriptor, offset } = openLog(place.logFile);
  const child = spawn(binaries.postgres, ["-D", place.dataFolder, ...settings(limits.port)], {
    ...account,
    cwd: "/",
    detached: true,
    env: POSTGRES_ENVIRONMENT,
    stdio: ["ignore", descriptor, descriptor],
  });
  closeSync(descriptor);
  await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  child.unref();
  while (child.exitCode === null && child.signalCode === null) {
    const found = await findPostmaster(place.dataFolder);
    if (found?.ready === true && found.pid === child.pid) return found;
    if (Date.now() > limits.deadlineMs) child.kill("SIGQUIT");
    await sleep(LOOK_EVERY_MS);
  }
  return logTail(place.logFile, offset);
}

/** For a small machine that must lose nothing: little memory and few processes, but every commit on the disk. */
function settings(port: number): readonly string[] {
  const values = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: 100,
    shared_buffers: "64MB",
    dynamic_shared_memory_type: "mmap",
    io_method: "sync",
    max_wal_size: "512MB",
    fsync: "on",
    synchronous_commit: "on",
    jit: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    // Statements and details may hold what people wrote; the log is for the server's own troubles.
    log_min_error_statement: "panic",
    log_error_verbosity: "terse",
  };
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** Makes the role and its database; what is there is left. */
async function ensureDatabase(superuserUrl: string, password: string): Promise<void> {
  const client = new Client({ connectionString: superuserUrl });
  try {
    await client.connect();
    await client.query("select pg_advisory_lock(8151920)");
    const roles = await client.query("select 1 from pg_roles where rolname = 'slipway'");
    // The password is ours: letters, digits, - and _ only. DDL takes no parameters.
    if (roles.rowCount === 0) await client.query(`create role slipway login password '${password}'`);
    const databases = await client.query("select 1 from pg_database where datname = 'slipway'");
    if (databases.rowCount === 0) await client.query("create database slipway owner slipway");
  } finally {
    await client.end();
  }
}
