import { setTimeout as delay } from "node:timers/promises";
import { createSeededRandom } from "../../src/statistics/seeded-random.ts";
import { modelOf, type Ended, type Subject } from "./subject.ts";

const SEED = 5;
const STEPS = 1_500;
const STEP_SECONDS = 0.01;
const LONGEST_LIFE_MS = 2_000;

export interface JobKills {
  readonly jobKills: number;
  readonly maxLostSteps: number;
  readonly bitEqual: boolean;
}

/** Kills a training's process at random moments of its attempts; each next attempt goes on from the newest checkpoint. */
export async function killJobs(subject: Subject, kills: number, log: (line: string) => void): Promise<JobKills> {
  const random = createSeededRandom(SEED);
  let maxLostSteps = 0;
  let done = 0;
  let bitEqual = true;
  for (let seed = SEED; done < kills; seed += 1) {
    const first = subject.training({ seed, steps: STEPS, stepSeconds: STEP_SECONDS });
    let end: Ended | undefined;
    for (let attempt = 1; end?.phase !== "succeeded"; attempt += 1) {
      const resume = attempt === 1 ? "none" : "newest";
      const handle = await subject.executor.ensure({ ...first, attempt, resume });
      const started = await subject.untilRunning(handle);
      const resumedFrom = started.resumedFromStep ?? 0;
      if (end !== undefined) maxLostSteps = Math.max(maxLostSteps, (end.progress?.step ?? 0) - resumedFrom);
      if (done < kills && started.phase === "running") {
        await delay(random.unit() * LONGEST_LIFE_MS);
        if (killNow(started.process?.pid)) done += 1;
      }
      const last = end?.progress?.step ?? 0;
      end = await subject.untilEnd(handle);
      if (end.phase === "failed" && end.failureClass !== "preempted") throw new Error(end.message);
      // Killed before its first line: what it lost is still what the one before had reached.
      if (end.progress === undefined) end = { ...end, progress: { step: last } };
      log(
        `training killed ${done} of ${kills}: attempt ${attempt} went from step ${resumedFrom} to ${end.progress?.step ?? 0}`,
      );
    }
    bitEqual &&= (await modelOf(end)).equals(await subject.uninterrupted({ seed, steps: STEPS }));
  }
  return { jobKills: done, maxLostSteps, bitEqual };
}

/** @returns false when it had ended by itself just before */
function killNow(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, "SIGKILL");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
