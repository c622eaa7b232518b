import type { CheckpointRef, FailureClass, JobSpec, Progress } from "../domain/job.ts";
import type { Digest } from "../domain/json.ts";

/** A file tree that is to lie on the job's machine: by digest from the artifact store. */
export interface JobInput {
  readonly name: string;
  readonly digest: Digest;
}

/** One attempt of a job, wholly described. Equal descriptions have equal spec digests. */
export interface AttemptSpec {
  readonly tenant: string;
  /** The release's workflow id, and the first execution's run id: together they name the run for ever. */
  readonly releaseId: string;
  readonly firstExecutionRunId: string;
  /** Unique within the run, such as `train` or `evaluate-champion`. */
  readonly job: string;
  /** From 1. */
  readonly attempt: number;
  readonly spec: JobSpec;
  /** File manifest of the pipeline's packed folder; the working directory is a fresh copy of it. Absent: an empty folder. */
  readonly code?: Digest;
  /** Text of a pip requirements file; the command then runs with that environment first on PATH. */
  readonly pythonRequirements?: string;
  readonly inputs: readonly JobInput[];
  /** Start fresh when absent, else from this job's newest checkpoint that verifies. */
  readonly resume: "none" | "newest";
}

/** Which object in which backend. `uid` tells it from another object of the same name. */
export interface JobHandle {
  readonly backend: string;
  readonly name: string;
  readonly uid: string;
  readonly specDigest: Digest;
}

export type Observation =
  | { readonly phase: "preparing"; readonly message: string }
  /** `position` counts from 1. */
  | { readonly phase: "queued"; readonly message: string; readonly position?: number }
  | {
      readonly phase: "running";
      readonly startedAtMs: number;
      readonly progress?: Progress;
      readonly checkpoint?: CheckpointRef;
      /** From which step this attempt went on. */
      readonly resumedFromStep?: number;
      /** Operating-system identity of the user's process, where there is one: what a person can check with ps. */
      readonly process?: { readonly pid: number; readonly startTime: string };
    }
  | {
      readonly phase: "succeeded";
      /** Local folder of the output tree. */
      readonly outputDir: string;
      readonly startedAtMs: number;
      readonly endedAtMs: number;
      readonly progress?: Progress;
      readonly resumedFromStep?: number;
    }
  | {
      readonly phase: "failed";
      readonly failureClass: FailureClass;
      readonly message: string;
      readonly retryable?: boolean;
      readonly exitCode?: number;
      readonly signal?: string;
      readonly startedAtMs?: number;
      readonly endedAtMs: number;
      readonly progress?: Progress;
      readonly checkpoint?: CheckpointRef;
      readonly resumedFromStep?: number;
    }
  /** The backend cannot be asked now. Never counts as a failure. */
  | { readonly phase: "unknown"; readonly message: string };

export interface LogChunk {
  readonly text: string;
  /** Offset, in bytes, to ask for next. */
  readonly nextOffset: number;
  /** True when the attempt has ended and everything has been read. */
  readonly complete: boolean;
}

/** Runs attempts. Every method may be called twice with the same effect as once. */
export interface Executor {
  /**
   * Finds or creates the attempt under its deterministic name.
   * @throws {SlipwayError} `job.name-conflict` when the name is taken by an attempt of another spec or run
   */
  ensure(attempt: AttemptSpec): Promise<JobHandle>;
  /** What is known now. A vanished object is `failed` (deletedExternally or nodeLost), an unreachable backend `unknown`. */
  observe(handle: JobHandle): Promise<Observation>;
  /** Asks for a soft stop (stop file and SIGTERM) and kills after the grace. Not an error when it is gone. */
  requestStop(handle: JobHandle, graceMs: number): Promise<void>;
  /** Stops what still runs, at once, and forgets the attempt. Not an error when it is gone. */
  delete(handle: JobHandle): Promise<void>;
  /** The attempt's combined output from a byte offset, at most 256 KiB a call. */
  logs(handle: JobHandle, sinceOffset: number): Promise<LogChunk>;
}
