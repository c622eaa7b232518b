import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Observation } from "../executors/executor.ts";
import { readAttempt, type AttemptReading } from "./attempt-observation.ts";
import { jobsFolder } from "./attempt-record.ts";
import { errorCodeOf } from "./error-code.ts";

/** One attempt of a release, for people to look at. */
export interface AttemptSummary {
  readonly name: string;
  /** State folder; readLog reads its log. */
  readonly path: string;
  readonly releaseId: string;
  readonly firstExecutionRunId: string;
  readonly job: string;
  readonly attempt: number;
  readonly uid: string;
  readonly createdAtMs: number;
  readonly observation: Observation;
}

/**
 * The attempts of a release on this machine, by creation. Read-only: an attempt whose supervisor is gone is shown as
 * `unknown`, and its end is decided by whoever waits for it.
 *
 * @param home absolute; the folder of all state
 * @param firstExecutionRunId only those of this run; without it, those of all runs under this workflow id
 */
export async function listAttempts(
  home: string,
  releaseId: string,
  firstExecutionRunId?: string,
): Promise<readonly AttemptSummary[]> {
  const found: AttemptSummary[] = [];
  for (const name of await namesOfAttempts(home)) {
    const path = join(jobsFolder(home), name);
    const reading = await readAttempt(path, home);
    if (reading.kind === "missing" || reading.record.spec.releaseId !== releaseId) continue;
    const { spec, uid, createdAtMs } = reading.record;
    if (firstExecutionRunId !== undefined && spec.firstExecutionRunId !== firstExecutionRunId) continue;
    const { job, attempt } = spec;
    const run = { releaseId, firstExecutionRunId: spec.firstExecutionRunId };
    found.push({ name, path, ...run, job, attempt, uid, createdAtMs, observation: shown(reading) });
  }
  return found.toSorted((left, right) => left.createdAtMs - right.createdAtMs || left.attempt - right.attempt);
}

function shown(reading: Exclude<AttemptReading, { kind: "missing" }>): Observation {
  switch (reading.kind) {
    case "observed":
      return reading.observation;
    case "unowned":
      return { phase: "preparing", message: "its supervisor has not started yet" };
    case "lost":
      return { phase: "unknown", message: "its supervisor is gone; the worker will end it" };
  }
}

async function namesOfAttempts(home: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(jobsFolder(home));
    return entries.filter((name) => name.startsWith("slipway-"));
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return [];
    throw error;
  }
}
