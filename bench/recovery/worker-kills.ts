import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startRelease } from "../../src/client.ts";
import type { Observation } from "../../src/executors/executor.ts";
import { createSeededRandom } from "../../src/statistics/seeded-random.ts";
import { listAttempts } from "../../src/supervisor/list-attempts.ts";
import { readPartRecord } from "../../src/workers/embedded/run-files.ts";
import { medianOf } from "./median.ts";
import type { BenchStack } from "./stack.ts";
import { startStack } from "./stack.ts";
import type { Subject } from "./subject.ts";

const SEED = 3;
const STEPS = 26_000;
const STEP_SECONDS = 0.01;
const LONGEST_LIFE_MS = 1_000;
const RELEASE = "recovery";
const LONGEST_WAIT_MS = 60_000;

export interface WorkerKills {
  readonly workerKills: number;
  readonly jobsRestarted: number;
  readonly stepsLost: number;
  /** From the kill until another worker runs the activity that watches the job. */
  readonly reattachMedianSeconds: number;
  readonly bitEqual: boolean;
}

/** Kills the real worker of a release in training again and again, each time a random while after it found the job. */
export async function killWorkers(
  subject: Subject,
  interval: number,
  kills: number,
  log: (line: string) => void,
): Promise<WorkerKills> {
  const stack = await startStack({ steps: STEPS, stepSeconds: STEP_SECONDS, interval }, log);
  try {
    const handle = await startRelease(stack.client, { pipeline: "recovery" }, { releaseId: RELEASE });
    let before = await runningJob(stack);
    let watched = await watcher(stack, 0);
    const random = createSeededRandom(SEED);
    const reattachSeconds: number[] = [];
    let jobsRestarted = 0;
    let stepsLost = 0;
    for (let kill = 1; kill <= kills; kill += 1) {
      await delay(random.unit() * LONGEST_LIFE_MS);
      before = await runningJob(stack);
      const killedAtMs = performance.now();
      process.kill(readPartRecord(stack.home, "worker")?.pid ?? 0, "SIGKILL");
      watched = await watcher(stack, watched);
      reattachSeconds.push((performance.now() - killedAtMs) / 1_000);
      const after = await runningJob(stack);
      const isSame = JSON.stringify(after.process) === JSON.stringify(before.process);
      if (!isSame) jobsRestarted += 1;
      stepsLost += Math.max(0, (before.progress?.step ?? 0) - (after.progress?.step ?? 0));
      log(
        `worker killed ${kill} of ${kills}: step ${after.progress?.step}, ${isSame ? "the same process" : "RESTARTED"}`,
      );
    }
    log("the training goes on to its end");
    await handle.result();
    const bitEqual = (await finalModel(stack)).equals(await subject.uninterrupted({ seed: SEED, steps: STEPS }));
    return { workerKills: kills, jobsRestarted, stepsLost, reattachMedianSeconds: medianOf(reattachSeconds), bitEqual };
  } finally {
    await stack.stop();
  }
}

type Running = Extract<Observation, { readonly phase: "running" }>;

/** The training as its supervisor shows it. */
async function runningJob({ home }: BenchStack): Promise<Running> {
  return eventually("the training does not run", async () => {
    const training = (await listAttempts(home, RELEASE)).find(({ job }) => job === "train");
    return training?.observation.phase === "running" ? training.observation : undefined;
  });
}

/** The number of the activity's try that a living worker runs now, once it is another one than `last`. */
async function watcher({ client }: BenchStack, last: number): Promise<number> {
  const started = 2; // PendingActivityState of the Temporal API
  return eventually("no worker watches the training", async () => {
    const { raw } = await client.workflow.getHandle(RELEASE).describe();
    const [activity] = raw.pendingActivities ?? [];
    const attempt = activity?.attempt ?? 0;
    return Number(activity?.state) === started && attempt > last ? attempt : undefined;
  });
}

async function eventually<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
  const endMs = Date.now() + LONGEST_WAIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > endMs) throw new Error(what);
    await delay(20);
  }
}

async function finalModel({ home }: BenchStack): Promise<Buffer> {
  const training = (await listAttempts(home, RELEASE)).find(({ job }) => job === "train");
  if (training?.observation.phase !== "succeeded") throw new Error(`the training ended ${training?.observation.phase}`);
  return readFile(join(training.observation.outputDir, "model.bin"));
}
