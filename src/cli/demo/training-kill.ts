import { readFile } from "node:fs/promises";
import { isRecord } from "../../domain/json.ts";
import { listAttempts, type AttemptSummary } from "../../supervisor/list-attempts.ts";
import { signalProcess } from "../../supervisor/process-kill.ts";
import { stateFolder } from "../../supervisor/state-folder.ts";
import type { ReleaseSnapshot } from "../watch/snapshot.ts";
import type { Incident } from "./incident.ts";
import type { Narrator } from "./narrator.ts";
import { livingProcess, processText, runningTraining, type RunningTraining } from "./training.ts";

/** What killing the training came to. */
export interface JobKilled {
  readonly resumedFromStep: number;
  readonly lostSteps: number;
}

interface Killed {
  readonly attempt: number;
  /** The last step that the killed process had told. */
  readonly step: number;
}

const KILL_AFTER_SHARE = 0.3;

/** Kills the training's own process with SIGKILL, between two checkpoints, and sees from which step it goes on. */
export function createTrainingKill(home: string, release: string, narrator: Narrator): Incident<JobKilled> {
  let killed: Killed | undefined;
  let outcome: JobKilled | undefined;
  return {
    async look(snapshot: ReleaseSnapshot) {
      if (outcome !== undefined) return;
      if (killed === undefined) killed = await killTraining(home, release, runningTraining(snapshot), narrator);
      else outcome = await resumedAfter(home, release, killed, narrator);
    },
    outcome: () => outcome,
  };
}

async function killTraining(
  home: string,
  release: string,
  now: RunningTraining | undefined,
  narrator: Narrator,
): Promise<Killed | undefined> {
  if (now?.checkpointStep === undefined || now.step < now.total * KILL_AFTER_SHARE) return undefined;
  if (livingProcess(now.process) === undefined) return undefined;
  signalProcess(now.process.pid, "SIGKILL");
  const step = (await lastToldStep(home, release, now.attempt)) ?? now.step;
  narrator.tell(narrator.colors.bold(`Now the training itself is killed: SIGKILL to ${processText(now.process)}.`));
  narrator.tell(`  It was at step ${step} of ${now.total}; its last checkpoint is of step ${now.checkpointStep}.`);
  return { attempt: now.attempt, step };
}

/** Read from the next attempt's own records on this machine, which also tell of one that is over already. */
async function resumedAfter(
  home: string,
  release: string,
  killed: Killed,
  narrator: Narrator,
): Promise<JobKilled | undefined> {
  const next = await trainingAttempt(home, release, killed.attempt + 1);
  if (next === undefined || !("resumedFromStep" in next.observation)) return undefined;
  const { resumedFromStep } = next.observation;
  if (resumedFromStep === undefined) return undefined;
  const lostSteps = killed.step - resumedFromStep;
  narrator.tell(
    narrator.colors.green(
      `  Attempt ${killed.attempt + 1} goes on from the checkpoint of step ${resumedFromStep}: ${lostSteps} steps are done again.`,
    ),
  );
  return { resumedFromStep, lostSteps };
}

async function lastToldStep(home: string, release: string, attempt: number): Promise<number | undefined> {
  const found = await trainingAttempt(home, release, attempt);
  if (found === undefined) return undefined;
  const lines = (await readFile(stateFolder(found.path).progress, "utf8")).split("\n");
  // The last line has no end when the process died while writing it; it then told nothing.
  return lines
    .slice(0, -1)
    .map(stepOf)
    .findLast((step) => step !== undefined);
}

function stepOf(line: string): number | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return isRecord(parsed) && typeof parsed["step"] === "number" ? parsed["step"] : undefined;
  } catch {
    return undefined;
  }
}

async function trainingAttempt(home: string, release: string, attempt: number): Promise<AttemptSummary | undefined> {
  const attempts = await listAttempts(home, release);
  return attempts.find((candidate) => candidate.job === "train" && candidate.attempt === attempt);
}
