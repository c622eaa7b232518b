import { writeFile } from "node:fs/promises";
import type { CheckpointRef, Progress } from "../domain/job.ts";
import { fenceOf, type AttemptRecord, type AttemptState } from "./attempt-record.ts";
import { watchCheckpoints, type CheckpointWatch } from "./checkpoint-watch.ts";
import type { StopReason } from "./classify-exit.ts";
import type { Command } from "./command.ts";
import type { Environment } from "./contract-environment.ts";
import type { Journal } from "./journal.ts";
import { createJson } from "./json-file.ts";
import type { LogWriter } from "./log-writer.ts";
import { oomKills } from "./oom-kills.ts";
import { overdue } from "./overdue.ts";
import { pause } from "./pause.ts";
import { followProgress, type ProgressTail } from "./progress-tail.ts";
import type { EarlierAttempt, ResumePoint } from "./resume.ts";
import type { StateFolder } from "./state-folder.ts";
import { causeOf } from "./stop-watch.ts";
import { startUserProcess, type ExitStatus, type UserProcess } from "./user-process.ts";

const TICK_MS = 200;

export interface AttemptRun {
  readonly folder: StateFolder;
  readonly record: AttemptRecord;
  readonly command: Command;
  readonly environment: Environment;
  readonly earlier: readonly EarlierAttempt[];
  readonly resume: ResumePoint | undefined;
  readonly startedAtMs: number;
  readonly log: LogWriter;
  readonly journal: Journal;
  readonly stop: AbortSignal;
}

/** What is known when the user's process and everything that it started have ended. */
export interface RunEnd {
  readonly status: ExitStatus;
  readonly stopReason: StopReason | undefined;
  readonly progress: Progress | undefined;
  readonly badProgressLines: number;
  /** The newest that this attempt committed. */
  readonly checkpoint: CheckpointRef | undefined;
  readonly wasOutOfMemory: boolean;
}

/** Runs the user's process to its end: publishes what it does, and stops it when asked or overdue. */
export async function runAttempt(run: AttemptRun): Promise<RunEnd> {
  const { folder, record, journal } = run;
  const oomKillsBefore = oomKills();
  const child = await startUserProcess({ ...run, cwd: folder.code, fence: fenceOf(record), scratch: folder.path });
  try {
    await journal.guard(() => createJson(folder.process, child.identity));
    const end = await watch(run, child);
    const oomKillsAfter = oomKills();
    const wasOutOfMemory =
      oomKillsBefore !== undefined && oomKillsAfter !== undefined && oomKillsAfter > oomKillsBefore;
    return { ...end, wasOutOfMemory };
  } finally {
    await child.kill();
  }
}

async function watch(run: AttemptRun, child: UserProcess): Promise<Omit<RunEnd, "wasOutOfMemory">> {
  const { folder, record, journal } = run;
  const progress = followProgress(folder.progress);
  const checkpoints = watchCheckpoints(
    folder.checkpoints,
    originOf(run),
    run.earlier.map((one) => one.folder.checkpoints),
  );
  const commits = oneAtATime(() => journal.guard(checkpoints.scan));
  const stopping = stopper(run, child);
  const startedMs = performance.now();
  let lastProgressMs = startedMs;
  const over = new AbortController();
  const status = child.ended.finally(() => over.abort());
  while (!over.signal.aborted) {
    if (await journal.guard(progress.poll)) lastProgressMs = performance.now();
    void commits.begin();
    await journal.publish(stateOf(run, child, progress, checkpoints));
    const { deadlineMs, stallTimeoutMs } = record.spec.spec;
    const limits = {
      ...(deadlineMs !== undefined && { deadlineMs }),
      ...(stallTimeoutMs !== undefined && { stallTimeoutMs }),
    };
    stopping.check(overdue({ nowMs: performance.now(), startedMs, lastProgressMs, ...limits }));
    await pause(TICK_MS, over.signal);
  }
  stopping.close();
  await commits.idle();
  await journal.guard(progress.finish);
  await journal.insist(checkpoints.scan);
  return {
    status: await status,
    stopReason: stopping.reason(),
    progress: progress.latest(),
    badProgressLines: progress.badLines(),
    checkpoint: checkpoints.newest(),
  };
}

function originOf({ record, resume }: AttemptRun) {
  const { spec } = record;
  return {
    schema: "slipway.checkpoint/v1",
    run: spec.releaseId,
    job: spec.job,
    attempt: spec.attempt,
    execution: 1,
    fence: fenceOf(record),
    ...(resume && { parent: resume.ref.digest }),
    ...(spec.code !== undefined && { code: spec.code }),
    inputs: Object.fromEntries(spec.inputs.map(({ name, digest }) => [name, digest])),
  } as const;
}

function stateOf(
  run: AttemptRun,
  child: UserProcess,
  progress: ProgressTail,
  checkpoints: CheckpointWatch,
): AttemptState {
  const latest = progress.latest();
  const checkpoint = checkpoints.newest() ?? run.resume?.ref;
  const trouble = run.journal.trouble();
  return {
    fence: fenceOf(run.record),
    badProgressLines: progress.badLines(),
    ...(trouble !== undefined && { trouble }),
    observation: {
      phase: "running",
      startedAtMs: run.startedAtMs,
      ...(latest && { progress: latest }),
      ...(checkpoint && { checkpoint }),
      ...(run.resume && { resumedFromStep: run.resume.ref.step }),
      process: { pid: child.identity.pid, startTime: child.identity.startTime },
    },
  };
}

/** Asks the process to stop for the first reason that comes, and kills it when the grace is over. */
function stopper({ folder, record, journal, stop }: AttemptRun, child: UserProcess) {
  let reason: StopReason | undefined;
  let killTimer: NodeJS.Timeout | undefined;

  const begin = (why: StopReason, graceMs: number) => {
    if (reason !== undefined || child.hasExited()) return;
    reason = why;
    void journal.guard(() => writeFile(folder.stopFile, why));
    child.terminate();
    killTimer = setTimeout(() => void child.kill(), graceMs);
  };
  const onStop = () => {
    const cause = causeOf(stop);
    if (cause?.reason === "deleted") void child.kill();
    else if (cause !== undefined) begin(cause.reason, cause.graceMs ?? record.spec.spec.graceMs);
  };
  stop.addEventListener("abort", onStop);
  if (stop.aborted) onStop();
  return {
    check: (limit: "deadline" | "stalled" | undefined) => {
      if (limit !== undefined) begin(limit, record.spec.spec.graceMs);
    },
    reason: () => reason,
    close: () => {
      clearTimeout(killTimer);
      stop.removeEventListener("abort", onStop);
    },
  };
}

/** Runs an act in the background, never twice at a time. */
function oneAtATime(act: () => Promise<unknown>) {
  let running: Promise<unknown> | undefined;
  return {
    begin: async () => {
      if (running !== undefined) return;
      running = act();
      await running;
      running = undefined;
    },
    idle: async () => {
      await running;
    },
  };
}
