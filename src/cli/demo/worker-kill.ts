import { signalProcess } from "../../supervisor/process-kill.ts";
import { livingPart } from "../run-records.ts";
import type { ReleaseSnapshot } from "../watch/snapshot.ts";
import type { Incident } from "./incident.ts";
import type { Narrator } from "./narrator.ts";
import { livingProcess, processText, runningTraining, type RunningTraining } from "./training.ts";

/** What killing the worker came to. */
export interface WorkerKilled {
  readonly jobRestarted: boolean;
}

/** The share of the training after which the worker is killed: late enough to see it work, early enough to see it go on. */
const KILL_AFTER_SHARE = 0.2;

/** Kills the worker alone, with SIGKILL, in the middle of the training, and sees whether the training went on. */
export function createWorkerKill(home: string, narrator: Narrator): Incident<WorkerKilled> {
  let killed: { readonly atMs: number; readonly worker: number; readonly before: RunningTraining } | undefined;
  let outcome: WorkerKilled | undefined;
  return {
    look(snapshot) {
      if (outcome !== undefined) return Promise.resolve();
      const now = runningTraining(snapshot);
      if (killed === undefined) killed = killWorker(home, now, narrator);
      else if (now !== undefined && now.heardAtMs > killed.atMs && livingPart(home, "worker")?.pid !== killed.worker)
        outcome = compare(killed.before, now, narrator);
      else outcome = judgeEnded(snapshot, killed.before, narrator);
      return Promise.resolve();
    },
    outcome: () => outcome,
  };
}

function killWorker(home: string, now: RunningTraining | undefined, narrator: Narrator) {
  const worker = livingPart(home, "worker");
  if (now === undefined || worker === undefined || now.step < now.total * KILL_AFTER_SHARE) return undefined;
  if (livingProcess(now.process) === undefined) return undefined;
  narrator.tell(
    narrator.colors.bold(`Now the worker is killed: SIGKILL to ${processText(worker)}, and to nothing else.`),
  );
  narrator.tell(`  The training before: ${processText(now.process)}, step ${now.step} of ${now.total}.`);
  const atMs = Date.now();
  signalProcess(worker.pid, "SIGKILL");
  return { atMs, worker: worker.pid, before: now };
}

function compare(before: RunningTraining, now: RunningTraining, narrator: Narrator): WorkerKilled {
  const isSame =
    now.attempt === before.attempt && livingProcess(before.process) !== undefined && isSameProcess(before, now);
  narrator.tell(
    `  A new worker has found the training: ${processText(now.process)}, step ${now.step} of ${now.total}.`,
  );
  narrator.tell(
    isSame
      ? narrator.colors.green("  It is the same process: nothing was restarted, no step was lost.")
      : narrator.colors.red("  It is another process: the training was restarted."),
  );
  return { jobRestarted: !isSame };
}

function isSameProcess(before: RunningTraining, now: RunningTraining): boolean {
  return before.process.pid === now.process.pid && before.process.startTime === now.process.startTime;
}

/** The training was over before a new worker told of it: then its attempts say whether it was restarted. */
function judgeEnded(
  { status }: ReleaseSnapshot,
  before: RunningTraining,
  narrator: Narrator,
): WorkerKilled | undefined {
  const attempts = status?.attempts.filter(({ job }) => job === "train") ?? [];
  if (status === undefined || ["planning", "validating data", "preparing", "training"].includes(status.stage))
    return undefined;
  const jobRestarted = attempts.some(({ attempt }) => attempt > before.attempt);
  narrator.tell(
    `  The training ended in attempt ${attempts.at(-1)?.attempt ?? before.attempt}: ${jobRestarted ? "it was restarted" : "it was not restarted"}.`,
  );
  return { jobRestarted };
}
