import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { AttemptRecord } from "../../supervisor/attempt-record.ts";
import { fenceOf, jobsFolder } from "../../supervisor/attempt-record.ts";
import { errorCodeOf } from "../../supervisor/error-code.ts";
import { readJson } from "../../supervisor/json-file.ts";
import { confirmGone, killProcess } from "../../supervisor/lost-attempt.ts";
import { isAlive } from "../../supervisor/process-identity.ts";
import type { ServerRecord } from "../../supervisor/server-record.ts";
import { fenceOfServer } from "../../supervisor/server-record.ts";
import { stateFolder } from "../../supervisor/state-folder.ts";
import type { SupervisorRecord } from "../../supervisor/stop-request.ts";

/**
 * Kills all running jobs and model servers of a home, as the end of the machine would: when the stack runs again, jobs
 * go on from their newest checkpoint and servers are started anew.
 * @returns the names of those that were running
 */
export async function killDetachedWork(home: string): Promise<readonly string[]> {
  const killed: string[] = [];
  for (const place of [jobsFolder(home), join(home, "servers")]) {
    for (const name of await namesIn(place)) {
      if (await killOne(join(place, name))) killed.push(name);
    }
  }
  return killed;
}

/** The supervisor first: it would start a server again, or write down how its job ended. */
async function killOne(path: string): Promise<boolean> {
  const folder = stateFolder(path);
  const record = await readJson<AttemptRecord | ServerRecord>(folder.record);
  if (record === undefined) return false;
  const supervisor = await readJson<SupervisorRecord>(folder.supervisor);
  const wasRunning = supervisor !== undefined && isAlive(supervisor.identity);
  if (supervisor !== undefined) await killProcess(supervisor.identity);
  await confirmGone(folder, record.kind === "server" ? fenceOfServer(record) : fenceOf(record));
  return wasRunning;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return [];
    throw error;
  }
}
