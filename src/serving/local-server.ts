import { randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ArtifactStore } from "../artifacts/store.ts";
import { digestOf } from "../digest.ts";
import { errorCodeOf } from "../supervisor/error-code.ts";
import { fileExists } from "../supervisor/file-exists.ts";
import { readJson } from "../supervisor/json-file.ts";
import { killProcess } from "../supervisor/lost-attempt.ts";
import { fenceOfServer, serverName, serversFolder, type ServerRecord } from "../supervisor/server-record.ts";
import { ensureSupervisedAgain, supervisorStatus } from "../supervisor/start-supervisor.ts";
import {
  createStateFolder,
  refuseForeign,
  refuseMissing,
  removeStateFolder,
} from "../supervisor/state-folder-change.ts";
import { stateFolder } from "../supervisor/state-folder.ts";
import { requestStop } from "../supervisor/stop-request.ts";
import { observeServer } from "./server-observation.ts";
import type { ServerHandle, ServerRunner, ServerSpec } from "./server.ts";

const BACKEND = "local";
const LOOK_EVERY_MS = 50;
/** Beyond the grace, a supervisor needs this long at most to notice the request and to end. */
const SUPERVISOR_MARGIN_MS = 5_000;

export interface LocalServerRunnerOptions {
  /** Absolute: the folder of all state. The store must be the file store in its folder `artifacts`. */
  readonly home: string;
  readonly store: ArtifactStore;
}

/**
 * Runs model servers as detached processes of this machine, each on a loopback port of its own under a supervisor that
 * starts it again when it ends. They outlive the caller; what is known of a server lies in `<home>/servers/<name>`.
 */
export function createLocalServerRunner(options: LocalServerRunnerOptions): ServerRunner {
  const home = resolve(options.home);
  const pathOf = (name: string) => join(serversFolder(home), name);
  const isSame = async ({ name, uid }: ServerHandle) =>
    (await readJson<ServerRecord>(stateFolder(pathOf(name)).record))?.uid === uid;
  return {
    ensure: (spec) => ensure({ ...options, home }, spec),
    observe: async (handle) => ((await isSame(handle)) ? observeServer(pathOf(handle.name)) : { phase: "gone" }),
    delete: async (handle, graceMs) => {
      if (await isSame(handle)) await stopAndRemove(pathOf(handle.name), graceMs);
    },
    list: async (environment, endpoint) => {
      const records = await allRecords(home);
      return records
        .filter(({ spec }) => spec.environment === environment && spec.endpoint === endpoint)
        .map(({ name, uid, spec }) => ({ handle: { backend: BACKEND, name, uid }, modelVersion: spec.modelVersion }));
    },
  };
}

async function ensure(options: LocalServerRunnerOptions, spec: ServerSpec): Promise<ServerHandle> {
  const name = serverName(spec);
  const path = join(serversFolder(options.home), name);
  // A delete that was interrupted is finished first.
  if (await fileExists(stateFolder(path).stopRequest)) await stopAndRemove(path, 0);
  const found = (await readJson<ServerRecord>(stateFolder(path).record)) ?? (await create(options, spec, path));
  refuseForeign(found, digestOf(spec));
  await ensureSupervisedAgain(path);
  return { backend: BACKEND, name, uid: found.uid };
}

async function create(options: LocalServerRunnerOptions, spec: ServerSpec, path: string): Promise<ServerRecord> {
  await refuseMissing(options.store, [spec.model, spec.code]);
  return createStateFolder<ServerRecord>(path, {
    kind: "server",
    name: serverName(spec),
    uid: randomUUID(),
    specDigest: digestOf(spec),
    spec,
    createdAtMs: Date.now(),
    home: options.home,
  });
}

async function stopAndRemove(path: string, graceMs: number): Promise<void> {
  const record = await readJson<ServerRecord>(stateFolder(path).record);
  if (record === undefined) return;
  await requestStop(stateFolder(path), graceMs);
  const givenUpAt = performance.now() + graceMs + SUPERVISOR_MARGIN_MS;
  for (let status = await supervisorStatus(path); status.status === "alive"; status = await supervisorStatus(path)) {
    if (performance.now() > givenUpAt) await killProcess(status.supervisor.identity);
    await delay(LOOK_EVERY_MS);
  }
  await removeStateFolder(path, fenceOfServer(record));
}

async function allRecords(home: string): Promise<readonly ServerRecord[]> {
  const records: ServerRecord[] = [];
  for (const name of await namesOfServers(home)) {
    const record = await readJson<ServerRecord>(stateFolder(join(serversFolder(home), name)).record);
    if (record !== undefined) records.push(record);
  }
  return records;
}

async function namesOfServers(home: string): Promise<readonly string[]> {
  try {
    return (await readdir(serversFolder(home))).filter((name) => name.startsWith("slipway-"));
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return [];
    throw error;
  }
}
