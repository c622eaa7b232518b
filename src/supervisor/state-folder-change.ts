import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ArtifactStore } from "../artifacts/store.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { Digest } from "../domain/json.ts";
import type { AttemptRecord } from "./attempt-record.ts";
import { errorCodeOf } from "./error-code.ts";
import { commitJson, readJson } from "./json-file.ts";
import { confirmGone, killProcess } from "./lost-attempt.ts";
import type { ServerRecord } from "./server-record.ts";
import { supervisorStatus } from "./start-supervisor.ts";
import { stateFolder } from "./state-folder.ts";

/**
 * Creates a state folder, whole, at `path`. Another process may be faster: then its record counts.
 * @returns the record that is there now
 * @throws {SlipwayError} `job.name-conflict` when the place is taken by something else
 */
export async function createStateFolder<Kind extends AttemptRecord | ServerRecord>(
  path: string,
  record: Kind,
): Promise<Kind> {
  const partial = join(dirname(path), `.partial-${randomUUID()}`);
  await mkdir(partial, { recursive: true });
  await commitJson(stateFolder(partial).record, record);
  try {
    await rename(partial, path);
    return record;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (errorCodeOf(error) !== "ENOTEMPTY" && errorCodeOf(error) !== "EEXIST") throw error;
  }
  const first = await readJson<Kind>(stateFolder(path).record);
  if (first !== undefined) return first;
  throw new SlipwayError("job.name-conflict", `${path} is there but holds no record. Remove it.`, { path });
}

/** Refuses an equal name for another specification. @throws {SlipwayError} `job.name-conflict` */
export function refuseForeign(found: AttemptRecord | ServerRecord, wanted: Digest): void {
  if (found.specDigest === wanted) return;
  const message = `${found.name} exists already with another specification (${found.specDigest}, not ${wanted}). Delete it first, or start another run.`;
  throw new SlipwayError("job.name-conflict", message, { name: found.name, found: found.specDigest, wanted });
}

/** Said before anything is created. @throws {SlipwayError} `artifact.missing` for the first that the store has not */
export async function refuseMissing(store: ArtifactStore, digests: readonly (Digest | undefined)[]): Promise<void> {
  for (const digest of digests) {
    if (digest === undefined || (await store.has(digest))) continue;
    const message = `The artifact ${digest} is not in the store. Register the pipeline, or run the job that makes it, again.`;
    throw new SlipwayError("artifact.missing", message, { digest });
  }
}

/** Kills what still runs under the fence, its supervisor first, and removes the folder. Not an error when it is gone. */
export async function removeStateFolder(path: string, fence: string): Promise<void> {
  // Renamed before anything is killed: a supervisor that starts at this moment finds no record.
  const removed = join(dirname(path), `.removed-${basename(path)}-${randomUUID()}`);
  try {
    await rename(path, removed);
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return;
    throw error;
  }
  const supervisor = await supervisorStatus(removed);
  if (supervisor.status === "alive") await killProcess(supervisor.supervisor.identity);
  await confirmGone(stateFolder(removed), fence);
  await rm(removed, { recursive: true, force: true });
}
