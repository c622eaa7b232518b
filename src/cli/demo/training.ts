import type { Observation } from "../../executors/executor.ts";
import { identityOf, type ProcessIdentity } from "../../supervisor/process-identity.ts";
import type { JobBeat } from "../watch/beats.ts";
import type { ReleaseSnapshot } from "../watch/snapshot.ts";

/** A training as it runs now, with the process that a person can check with ps. */
export interface RunningTraining {
  readonly attempt: number;
  readonly step: number;
  readonly total: number;
  readonly checkpointStep?: number;
  readonly resumedFromStep?: number;
  readonly process: { readonly pid: number; readonly startTime: string };
  readonly heardAtMs: number;
}

/** The release's training, once it runs and has told where it is. */
export function runningTraining({ jobs }: ReleaseSnapshot): RunningTraining | undefined {
  const beat = jobs.find(({ job }) => job === "train");
  return beat === undefined ? undefined : readTraining(beat, beat.observation);
}

function readTraining(beat: JobBeat, now: Observation): RunningTraining | undefined {
  if (now.phase !== "running" || now.process === undefined || now.progress?.total === undefined) return undefined;
  return {
    attempt: beat.attempt,
    step: now.progress.step,
    total: now.progress.total,
    process: now.process,
    heardAtMs: beat.heardAtMs ?? 0,
    ...(now.checkpoint === undefined ? {} : { checkpointStep: now.checkpoint.step }),
    ...(now.resumedFromStep === undefined ? {} : { resumedFromStep: now.resumedFromStep }),
  };
}

/** The living process that these two say, by the operating system's own word; undefined when it is gone. */
export function livingProcess(process: {
  readonly pid: number;
  readonly startTime: string;
}): ProcessIdentity | undefined {
  const found = identityOf(process.pid);
  return found?.startTime === process.startTime ? found : undefined;
}

/** `pid 4711, started at tick 123456`: what names a process for ever on one boot. */
export function processText({ pid, startTime }: { readonly pid: number; readonly startTime: string }): string {
  return `pid ${pid}, started at tick ${startTime}`;
}
