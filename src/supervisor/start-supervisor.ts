import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { SlipwayError } from "../domain/errors.ts";
import { commitJson, readJson } from "./json-file.ts";
import { identityOf, isAlive, type ProcessIdentity } from "./process-identity.ts";
import { stateFolder } from "./state-folder.ts";
import type { SupervisorRecord } from "./stop-request.ts";

/** A supervisor runs from the build, also when its starter runs from the sources. */
const MAIN = join(
  dirname(fileURLToPath(import.meta.url)).replace(`${sep}src${sep}supervisor`, `${sep}dist${sep}supervisor`),
  "main.js",
);

/** It holds no more than a few small objects; the young generation need not grow to the default of many megabytes. */
const NODE_OPTIONS = ["--max-semi-space-size=1", "--max-old-space-size=256", "--no-warnings"];

const MAX_LAUNCHES = 3;

/** The last process that was started for a state folder, and how many there were. */
interface Launch {
  readonly identity: ProcessIdentity;
  readonly count: number;
}

/** `unowned`: none has taken it on yet. `lost`: the one that did is gone, and nobody takes it on again. */
export type SupervisorStatus =
  | { readonly status: "unowned"; readonly launches: number; readonly isLaunching: boolean }
  | { readonly status: "alive" | "lost"; readonly supervisor: SupervisorRecord };

/** Who supervises the state folder? */
export async function supervisorStatus(statePath: string): Promise<SupervisorStatus> {
  const folder = stateFolder(statePath);
  const supervisor = await readJson<SupervisorRecord>(folder.supervisor);
  if (supervisor) return { status: isAlive(supervisor.identity) ? "alive" : "lost", supervisor };
  const launch = await readJson<Launch>(folder.launch);
  return { status: "unowned", launches: launch?.count ?? 0, isLaunching: await isLaunching(folder.launch) };
}

/**
 * Starts a detached supervisor for a state folder, with a session of its own, and does not wait for it. It outlives the
 * caller, however the caller ends. Starting two is harmless: the first one takes the folder on, the other one ends.
 *
 * @throws {SlipwayError} `backend.unavailable` when the system cannot start a process
 */
export async function startSupervisor(statePath: string): Promise<void> {
  const folder = stateFolder(statePath);
  const before = await readJson<Launch>(folder.launch);
  const errors = openSync(folder.supervisorLog, "a");
  const child = spawn(process.execPath, [...NODE_OPTIONS, MAIN, statePath], {
    detached: true,
    stdio: ["ignore", "ignore", errors],
    cwd: "/",
  });
  closeSync(errors);
  const identity = child.pid === undefined ? undefined : identityOf(child.pid);
  if (identity === undefined) {
    const [error] = (await once(child, "error")) as [Error];
    throw new SlipwayError("backend.unavailable", `A supervisor could not be started: ${error.message}`, {}, error);
  }
  child.unref();
  await commitJson(folder.launch, { identity, count: (before?.count ?? 0) + 1 } satisfies Launch);
}

/**
 * Sees to it that somebody supervises the folder, after whatever interrupted the first start.
 * @returns false when supervisors die as soon as they are started; `supervisor.log` says why
 */
export async function ensureSupervised(statePath: string): Promise<boolean> {
  const found = await supervisorStatus(statePath);
  if (found.status !== "unowned" || found.isLaunching) return true;
  if (found.launches >= MAX_LAUNCHES) return false;
  await startSupervisor(statePath);
  return true;
}

/** As ensureSupervised, for what is taken on again after its supervisor is gone. */
export async function ensureSupervisedAgain(statePath: string): Promise<void> {
  const { launch } = stateFolder(statePath);
  const found = await supervisorStatus(statePath);
  if (found.status === "alive" || (await isLaunching(launch))) return;
  await startSupervisor(statePath);
}

async function isLaunching(launchPath: string): Promise<boolean> {
  const launch = await readJson<Launch>(launchPath);
  return launch !== undefined && isAlive(launch.identity);
}
