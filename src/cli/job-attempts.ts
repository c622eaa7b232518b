import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { jobsFolder, type AttemptRecord } from "../supervisor/attempt-record.ts";
import { stateFolder } from "../supervisor/state-folder.ts";
import { isErrno } from "./errno.ts";

/** An attempt of a job as it lies on this machine. */
export interface LocalAttempt {
  readonly job: string;
  readonly attempt: number;
  readonly createdAtMs: number;
  /** The attempt's state folder. */
  readonly path: string;
}

/** The attempts of a release that ran on this machine, in the order of their making. */
export async function localAttempts(home: string, release: string): Promise<readonly LocalAttempt[]> {
  const jobs = jobsFolder(home);
  const found: LocalAttempt[] = [];
  for (const name of await entriesOf(jobs)) {
    const record = await readRecord(stateFolder(join(jobs, name)).record);
    if (record?.spec.releaseId !== release) continue;
    const { spec, createdAtMs } = record;
    found.push({ job: spec.job, attempt: spec.attempt, createdAtMs, path: join(jobs, name) });
  }
  return found.toSorted((left, right) => left.createdAtMs - right.createdAtMs);
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}

/** Undefined while an attempt is just being made, or deleted. */
async function readRecord(path: string): Promise<AttemptRecord | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as AttemptRecord;
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR")) return undefined;
    throw error;
  }
}
