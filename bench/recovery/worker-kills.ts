import { setTimeout as delay } from "node:timers/promises";
import { startWorker } from "./attempt-worker.ts";
import { createSeededRandom } from "../../src/statistics/seeded-random.ts";
import { medianOf } from "./median.ts";
import { modelOf, type Subject } from "./subject.ts";

const SEED = 3;
const STEPS = 2_500;
const STEP_SECONDS = 0.01;
const LONGEST_LIFE_MS = 1_000;

export interface WorkerKills {
  readonly workerKills: number;
  readonly jobsRestarted: number;
  readonly stepsLost: number;
  readonly reattachMedianSeconds: number;
  readonly bitEqual: boolean;
}

/** Kills the worker of one training again and again, each time a random while after it found the job. */
export async function killWorkers(subject: Subject, kills: number, log: (line: string) => void): Promise<WorkerKills> {
  const random = createSeededRandom(SEED);
  const attempt = subject.training({ seed: SEED, steps: STEPS, stepSeconds: STEP_SECONDS });
  const reattachSeconds: number[] = [];
  let jobsRestarted = 0;
  let stepsLost = 0;
  let worker = startWorker(subject.home, attempt);
  let { handle, observation } = await worker.attached;
  for (let kill = 1; kill <= kills; kill += 1) {
    await delay(random.unit() * LONGEST_LIFE_MS);
    const before = worker.latest() ?? observation;
    const killedAtMs = performance.now();
    await worker.kill();
    worker = startWorker(subject.home, attempt);
    const found = await worker.attached;
    reattachSeconds.push((performance.now() - killedAtMs) / 1_000);
    const isSame = found.handle.uid === handle.uid && processOf(found.observation) === processOf(before);
    if (!isSame) jobsRestarted += 1;
    stepsLost += Math.max(0, (before.progress?.step ?? 0) - (found.observation.progress?.step ?? 0));
    ({ handle, observation } = found);
    log(
      `worker killed ${kill} of ${kills}: the job is at step ${observation.progress?.step ?? 0}, ${isSame ? "in the same process" : "RESTARTED"}`,
    );
  }
  log("the training goes on to its end");
  const model = await modelOf(await subject.untilEnd(handle));
  await worker.kill();
  const bitEqual = model.equals(await subject.uninterrupted({ seed: SEED, steps: STEPS }));
  return { workerKills: kills, jobsRestarted, stepsLost, reattachMedianSeconds: medianOf(reattachSeconds), bitEqual };
}

/** The job's process; a job that has ended has none and can no longer be killed with its worker. */
function processOf(observation: { readonly phase: string; readonly process?: object }): string {
  if (observation.phase !== "running") throw new Error(`the job ended too early: ${JSON.stringify(observation)}`);
  return JSON.stringify(observation.process);
}
