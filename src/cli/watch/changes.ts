import type { ReleaseStatus } from "../../domain/release.ts";
import type { Colors } from "../terminal.ts";
import type { JobBeat, RetryBeat, StepBeat } from "./beats.ts";
import { endText } from "./end-text.ts";
import { retryText } from "./frame.ts";
import { jobLine } from "./job-line.ts";
import { rolloutText } from "./rollout-text.ts";
import type { ReleaseSnapshot } from "./snapshot.ts";

/** Progress lines of one job are at least this far apart when nothing else changed. */
const PROGRESS_SHARE = 0.1;

/**
 * What happened between two looks, a line each, for output that scrolls: stages, attempts, each tenth of a training,
 * steps and verdicts of the roll-out, waits, refusals, outages, the end.
 */
export function changesBetween(
  before: ReleaseSnapshot | undefined,
  now: ReleaseSnapshot,
  colors: Colors,
): readonly string[] {
  const lines = [
    ...troubleChange(before?.trouble, now.trouble),
    ...stageChange(before?.status, now.status),
    ...now.jobs.flatMap((beat) => jobChange(sameJob(before?.jobs, beat), beat, now.atMs, colors)),
    ...now.retries.flatMap((beat) => retryChange(before?.retries, beat)),
    ...attemptEnds(before?.status, now.status),
    ...rolloutChange(before, now),
    ...judgementChange(before?.step, now.step),
    ...awaitingChange(before?.status, now),
    ...refusalChange(before?.status, now.status),
  ];
  if (now.end !== undefined && before?.end === undefined) lines.push(endText(now.release, now.end, colors));
  return lines;
}

function troubleChange(before: string | undefined, now: string | undefined): readonly string[] {
  if (before === now) return [];
  return [now ?? "Answers again."];
}

function stageChange(before: ReleaseStatus | undefined, now: ReleaseStatus | undefined): readonly string[] {
  if (now === undefined || before?.stage === now.stage || now.stage === "closed") return [];
  return [`stage: ${now.stage}`];
}

function sameJob(beats: readonly JobBeat[] | undefined, { job, attempt }: JobBeat): JobBeat | undefined {
  return beats?.find((beat) => beat.job === job && beat.attempt === attempt);
}

function jobChange(before: JobBeat | undefined, now: JobBeat, atMs: number, colors: Colors): readonly string[] {
  return isNews(before, now) ? [jobLine(now, atMs, colors)] : [];
}

function isNews(before: JobBeat | undefined, { observation: now }: JobBeat): boolean {
  const was = before?.observation;
  if (was === undefined || was.phase !== now.phase) return true;
  if (was.phase !== "running" || now.phase !== "running") return false;
  if (was.process?.pid !== now.process?.pid) return true;
  const { step = 0, total } = now.progress ?? {};
  const isFirst = was.progress === undefined && now.progress !== undefined;
  if (total === undefined) return isFirst;
  const tenth = (at: number): number => Math.floor(at / (total * PROGRESS_SHARE));
  return isFirst || tenth(step) > tenth(was.progress?.step ?? 0);
}

/** The first failure of an activity, and each that differs from the one before. */
function retryChange(before: readonly RetryBeat[] | undefined, now: RetryBeat): readonly string[] {
  const was = before?.find(({ activity }) => activity === now.activity);
  return was?.message === now.message ? [] : [retryText(now)];
}

function attemptEnds(before: ReleaseStatus | undefined, now: ReleaseStatus | undefined): readonly string[] {
  return (now?.attempts ?? []).flatMap(({ job, attempt, ended }) => {
    const was = before?.attempts.find((entry) => entry.job === job && entry.attempt === attempt);
    return ended === undefined || was?.ended === ended ? [] : [`${job}, attempt ${attempt}: ${ended}`];
  });
}

function rolloutChange(before: ReleaseSnapshot | undefined, now: ReleaseSnapshot): readonly string[] {
  const text = rolloutText(now.status?.rollout, withoutCounts(now.step));
  if (text === undefined || text === rolloutText(before?.status?.rollout, withoutCounts(before?.step))) return [];
  return [text];
}

/** Counts change with every look, and are told with the verdicts. */
function withoutCounts(step: StepBeat | undefined): StepBeat | undefined {
  if (step === undefined) return undefined;
  const { samples: _, ...rest } = step;
  return rest;
}

function judgementChange(before: StepBeat | undefined, now: StepBeat | undefined): readonly string[] {
  if (now?.judgement === undefined) return [];
  if (before?.step === now.step && before.judgement?.status === now.judgement.status) return [];
  return [`canary: ${now.judgement.status}: ${now.judgement.message}`];
}

function awaitingChange(before: ReleaseStatus | undefined, { status, end }: ReleaseSnapshot): readonly string[] {
  const awaiting = status?.awaiting;
  return awaiting === undefined || end !== undefined || before?.awaiting === awaiting ? [] : [`waits: ${awaiting}`];
}

function refusalChange(before: ReleaseStatus | undefined, now: ReleaseStatus | undefined): readonly string[] {
  const fresh = (now?.refusalCount ?? 0) - (before?.refusalCount ?? 0);
  if (now === undefined || fresh <= 0) return [];
  return now.refusals.slice(-fresh).map(({ message, reason }) => `refused ${message}: ${reason}`);
}
