import { SlipwayError } from "../domain/errors.ts";
import type { Observation } from "../executors/executor.ts";
import { jobsFolder, type AttemptRecord, type AttemptState, type ExitRecord } from "./attempt-record.ts";
import { fileExists } from "./file-exists.ts";
import { readJson, readVolatileJson } from "./json-file.ts";
import { supervisorStatus } from "./start-supervisor.ts";
import { stateFolder } from "./state-folder.ts";

/** What a state folder says of its attempt. `lost`: its supervisor is gone without a word; `unowned`: none has come yet. */
export type AttemptReading =
  | { readonly kind: "observed"; readonly record: AttemptRecord; readonly observation: Observation }
  | { readonly kind: "lost" | "unowned"; readonly record: AttemptRecord }
  /** No such attempt: its state folder is not there. */
  | { readonly kind: "missing" };

/**
 * Reads an attempt and changes nothing.
 * @throws {SlipwayError} `backend.unavailable` when the folder of all attempts is missing, and the system's error when the
 *   state folder cannot be read: then nothing is known
 */
export async function readAttempt(statePath: string, home: string): Promise<AttemptReading> {
  const folder = stateFolder(statePath);
  const record = await readJson<AttemptRecord>(folder.record);
  if (record === undefined) return missing(home);
  const exit = await readJson<ExitRecord>(folder.exit);
  if (exit !== undefined) return { kind: "observed", record, observation: exit.observation };
  const found = await supervisorStatus(statePath);
  if (found.status === "unowned") return { kind: "unowned", record };
  if (found.status === "alive") return { kind: "observed", record, observation: await current(statePath) };
  // It may have ended properly between the two looks.
  const late = await readJson<ExitRecord>(folder.exit);
  return late === undefined ? { kind: "lost", record } : { kind: "observed", record, observation: late.observation };
}

async function current(statePath: string): Promise<Observation> {
  const state = await readVolatileJson<AttemptState>(stateFolder(statePath).state);
  return state?.observation ?? { phase: "preparing", message: "the supervisor has started" };
}

async function missing(home: string): Promise<AttemptReading> {
  if (await fileExists(jobsFolder(home))) return { kind: "missing" };
  throw new SlipwayError("backend.unavailable", `The folder ${jobsFolder(home)} is not there. Is its disk mounted?`);
}
