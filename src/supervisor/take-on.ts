import type { ArtifactStore } from "../artifacts/store.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { AttemptRecord } from "./attempt-record.ts";
import { fileExists } from "./file-exists.ts";
import { commitJson, createJson, readJson } from "./json-file.ts";
import { tryLockOnHost } from "./host-lock.ts";
import { ownIdentity } from "./process-identity.ts";
import type { ServerRecord } from "./server-record.ts";
import { stateFolder, type StateFolder } from "./state-folder.ts";
import type { SupervisorRecord } from "./stop-request.ts";
import { superviseAttempt, type SupervisorSurroundings } from "./supervise-attempt.ts";
import { superviseServer } from "./supervise-server.ts";

export interface Surroundings {
  readonly createStore: (home: string) => ArtifactStore;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Makes this process the supervisor of a state folder, for what the folder's record says, and returns at its end. Returns
 * at once when another one is, or was, or when the attempt's end is already recorded.
 */
export async function takeOn(statePath: string, { createStore, environment }: Surroundings): Promise<void> {
  const record = await readJson<AttemptRecord | ServerRecord>(stateFolder(statePath).record);
  if (record === undefined) {
    throw new SlipwayError("job.not-found", `There is no record in ${statePath}. Was the folder removed?`, {
      statePath,
    });
  }
  const surroundings = { store: createStore(record.home), environment };
  if (record.kind === "job") await takeOnAttempt(stateFolder(statePath), record, surroundings);
  else await takeOnServer(stateFolder(statePath), record, surroundings);
}

/** An attempt is taken on once: when its supervisor is gone, so is the attempt. */
async function takeOnAttempt(
  folder: StateFolder,
  record: AttemptRecord,
  surroundings: SupervisorSurroundings,
): Promise<void> {
  if (!(await createJson(folder.supervisor, ownRecord()))) return;
  // After taking it on, not before: whoever revokes an attempt records its end first and then looks for its supervisor.
  if (await fileExists(folder.exit)) return;
  await superviseAttempt(folder, record, surroundings);
}

/** A server is taken on again whenever its supervisor is gone, by one at a time. */
async function takeOnServer(
  folder: StateFolder,
  record: ServerRecord,
  surroundings: SupervisorSurroundings,
): Promise<void> {
  const unlock = await tryLockOnHost(["server", folder.path]);
  if (unlock === undefined) return;
  await commitJson(folder.supervisor, ownRecord());
  await superviseServer(folder, record, surroundings);
  await unlock();
}

function ownRecord(): SupervisorRecord {
  return { identity: ownIdentity(), startedAtMs: Date.now() };
}
