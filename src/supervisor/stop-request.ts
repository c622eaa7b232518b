import { errorCodeOf } from "./error-code.ts";
import { createJson, readJson } from "./json-file.ts";
import { signalProcess } from "./process-kill.ts";
import { isAlive, type ProcessIdentity } from "./process-identity.ts";
import type { StateFolder } from "./state-folder.ts";

/** Asks a supervisor to stop what it runs: softly, and after the grace by force. */
export interface StopRequest {
  readonly graceMs: number;
  readonly requestedAtMs: number;
}

/** What a supervisor writes when it takes a state folder on. */
export interface SupervisorRecord {
  readonly identity: ProcessIdentity;
  readonly startedAtMs: number;
}

/**
 * Leaves the request, and wakes the supervisor to read it. The first request counts; asking again, or when the folder is
 * gone, is no error.
 */
export async function requestStop(folder: StateFolder, graceMs: number): Promise<void> {
  try {
    await createJson(folder.stopRequest, { graceMs, requestedAtMs: Date.now() } satisfies StopRequest);
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return;
    throw error;
  }
  const supervisor = await readJson<SupervisorRecord>(folder.supervisor);
  // A signal without effect on who does not listen to it.
  if (supervisor && isAlive(supervisor.identity)) signalProcess(supervisor.identity.pid, "SIGCONT");
}

export function readStopRequest(folder: StateFolder): Promise<StopRequest | undefined> {
  return readJson<StopRequest>(folder.stopRequest);
}
