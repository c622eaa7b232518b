import type { ArtifactStore } from "../artifacts/store.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { AttemptRecord } from "./attempt-record.ts";
import { fileExists } from "./file-exists.ts";
import { createJson, readJson } from "./json-file.ts";
import { ownIdentity } from "./process-identity.ts";
import { stateFolder } from "./state-folder.ts";
import type { SupervisorRecord } from "./stop-request.ts";
import { superviseAttempt } from "./supervise-attempt.ts";

export interface Surroundings {
  readonly createStore: (home: string) => ArtifactStore;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Makes this process the supervisor of a state folder, for what the folder's record says, and returns at its end. Returns
 * at once when another one was first, or when the attempt's end is already recorded.
 */
export async function takeOn(statePath: string, { createStore, environment }: Surroundings): Promise<void> {
  const folder = stateFolder(statePath);
  const record = await readJson<AttemptRecord>(folder.record);
  if (record === undefined) {
    throw new SlipwayError("job.not-found", `There is no record in ${statePath}. Was the folder removed?`, {
      statePath,
    });
  }
  const own: SupervisorRecord = { identity: ownIdentity(), startedAtMs: Date.now() };
  if (!(await createJson(folder.supervisor, own))) return;
  // After taking it on, not before: whoever revokes an attempt records its end first and then looks for its supervisor.
  if (await fileExists(folder.exit)) return;
  await superviseAttempt(folder, record, { store: createStore(record.home), environment });
}
