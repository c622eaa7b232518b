import { join } from "node:path";
import { shortName } from "../digest.ts";
import type { Digest } from "../domain/json.ts";
import type { AttemptSpec, Observation } from "../executors/executor.ts";
import type { Capacity } from "./slot-allocation.ts";

/** An attempt as its supervisor finds it. */
export interface AttemptRecord {
  readonly kind: "job";
  readonly name: string;
  readonly uid: string;
  readonly specDigest: Digest;
  readonly spec: AttemptSpec;
  readonly createdAtMs: number;
  /** Absolute: the folder of all state, which holds jobs, artifacts, environments and slots. */
  readonly home: string;
  readonly capacity: Capacity;
}

/** What an attempt is doing now: one of the observations before the end, and what people should know beside it. */
export interface AttemptState {
  readonly observation: Extract<Observation, { phase: "preparing" | "queued" | "running" }>;
  readonly fence: string;
  /** Lines of the progress file that were skipped because they are no progress. */
  readonly badProgressLines: number;
  /** Trouble of the supervisor itself, such as a full disk. */
  readonly trouble?: string;
}

/** The end of an attempt: an observation that never changes again, and the fence it was written under. */
export interface ExitRecord {
  readonly fence: string;
  readonly observation: Extract<Observation, { phase: "succeeded" | "failed" }>;
  readonly badProgressLines: number;
}

/** Who writes: results and checkpoints of another fence are ignored. A local attempt is executed once. */
export function fenceOf(record: AttemptRecord): string {
  return `${record.spec.attempt}.1.${record.uid}`;
}

/** The name of an attempt, a function of the run, the job and the number alone: 28 characters. */
export function attemptName(
  spec: Pick<AttemptSpec, "tenant" | "releaseId" | "firstExecutionRunId" | "job">,
  attempt: number,
): string {
  const run = `${spec.releaseId}${spec.firstExecutionRunId}`;
  return `slipway-${shortName([spec.tenant, run, spec.job, String(attempt)], 20)}`;
}

/** The folder that holds the state folders of all attempts. */
export function jobsFolder(home: string): string {
  return join(home, "jobs");
}

/** Do both attempts belong to one job of one run? */
export function isSameJob(one: AttemptSpec, other: AttemptSpec): boolean {
  return (
    one.tenant === other.tenant &&
    one.releaseId === other.releaseId &&
    one.firstExecutionRunId === other.firstExecutionRunId &&
    one.job === other.job
  );
}
