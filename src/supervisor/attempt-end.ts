import { digestOf } from "../digest.ts";
import { messageOf } from "../domain/errors.ts";
import type { FileManifest } from "../domain/files.ts";
import type { FailureClass } from "../domain/job.ts";
import type { Observation } from "../executors/executor.ts";
import { fenceOf } from "./attempt-record.ts";
import type { AttemptRun, RunEnd } from "./attempt-run.ts";
import { dropUnfinished, markBad, markDoubtful } from "./checkpoint.ts";
import { classifyExit, type Ending } from "./classify-exit.ts";
import { manifestOfFolder } from "./folder-manifest.ts";
import { commitJson } from "./json-file.ts";
import { readScriptError } from "./script-error.ts";

/** Ends that say nothing about the checkpoint from which the attempt went on. */
const BLAMELESS: readonly FailureClass[] = ["cancelled", "yielded", "deadline", "misconfigured", "nodeLost"];

export interface AttemptEnd {
  readonly observation: Extract<Observation, { phase: "succeeded" | "failed" }>;
  readonly badProgressLines: number;
}

/** Gathers the evidence, classifies the end, and writes the result manifest of a success. */
export async function concludeRun(run: AttemptRun, end: RunEnd): Promise<AttemptEnd> {
  const { folder, record, journal } = run;
  const output = await outputOf(folder.output);
  const error = await readScriptError(folder.output);
  const ending = classifyExit({
    ...end.status,
    ...(end.stopReason && { stopReason: end.stopReason }),
    wasOutOfMemory: end.wasOutOfMemory,
    hasOutput: output.manifest.files.length > 0,
    ...(output.problem !== undefined && { outputProblem: output.problem }),
    hasNewCheckpoint: end.checkpoint !== undefined,
    ...(error && { error }),
  });
  if (ending.status === "succeeded") {
    const result = { fence: fenceOf(record), digest: digestOf(output.manifest), ...output.manifest };
    await journal.persist(() => commitJson(folder.result, result));
  }
  await journal.guard(() => judgeResumePoint(run, end, ending));
  await journal.guard(() => dropUnfinished(folder.checkpoints));
  return { observation: observationOf(run, end, ending), badProgressLines: end.badProgressLines };
}

async function outputOf(output: string): Promise<{ readonly manifest: FileManifest; readonly problem?: string }> {
  try {
    return { manifest: await manifestOfFolder(output) };
  } catch (error) {
    // A link in the output, or no output folder any more: the attempt has an end all the same.
    return { manifest: { files: [] }, problem: messageOf(error) };
  }
}

/** An attempt that dies before its first progress line casts doubt on the checkpoint it had just loaded. */
async function judgeResumePoint({ resume, journal }: AttemptRun, end: RunEnd, ending: Ending): Promise<void> {
  if (resume === undefined || end.progress !== undefined || ending.status === "succeeded") return;
  if (BLAMELESS.includes(ending.failureClass)) return;
  const { checkpoints, name } = resume;
  const reason = `an attempt that went on from it died before its first progress line (${ending.failureClass})`;
  if (ending.failureClass === "preempted") return markDoubtful(checkpoints, name, reason);
  await markBad(checkpoints, name, reason);
  await journal.note(`the checkpoint of step ${resume.ref.step} will not be used again: ${reason}`);
}

function observationOf(run: AttemptRun, end: RunEnd, ending: Ending): AttemptEnd["observation"] {
  const shared = {
    startedAtMs: run.startedAtMs,
    endedAtMs: Date.now(),
    ...(end.progress && { progress: end.progress }),
    ...(run.resume && { resumedFromStep: run.resume.ref.step }),
  };
  if (ending.status === "succeeded") return { phase: "succeeded", outputDir: run.folder.output, ...shared };
  const { failureClass, message, retryable } = ending;
  const checkpoint = end.checkpoint ?? run.resume?.ref;
  return {
    phase: "failed",
    failureClass,
    message,
    ...(retryable !== undefined && { retryable }),
    ...end.status,
    ...(checkpoint && { checkpoint }),
    ...shared,
  };
}
