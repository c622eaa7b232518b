import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createFileStore } from "../../src/artifacts/file-store.ts";
import { DEFAULT_BUDGETS } from "../../src/domain/job.ts";
import type { Digest } from "../../src/domain/json.ts";
import { createLocalExecutor } from "../../src/executors/local/local-executor.ts";
import type { AttemptSpec, Executor, JobHandle, Observation } from "../../src/executors/executor.ts";

const LOOK_EVERY_MS = 20;

export type Running = Extract<Observation, { phase: "running" }>;
export type Ended = Extract<Observation, { phase: "succeeded" | "failed" }>;

/** Trainings of `trainer.py` on a local executor with a home of its own. */
export interface Subject {
  readonly home: string;
  readonly executor: Executor;
  /** The first attempt of a job of its own. Equal seeds and steps make equal models, however long a step takes. */
  readonly training: (options: {
    readonly seed: number;
    readonly steps: number;
    readonly stepSeconds: number;
  }) => AttemptSpec;
  readonly untilRunning: (handle: JobHandle) => Promise<Running | Ended>;
  readonly untilEnd: (handle: JobHandle) => Promise<Ended>;
  /** The final model of a training that nobody interrupts. */
  readonly uninterrupted: (options: { readonly seed: number; readonly steps: number }) => Promise<Buffer>;
  readonly dispose: () => Promise<void>;
}

export async function createSubject(interval: number): Promise<Subject> {
  const home = await mkdtemp(join(tmpdir(), "slipway-recovery-"));
  const store = createFileStore({ root: join(home, "artifacts") });
  const executor = createLocalExecutor({ home, store, cpuSlots: 4, gpuSlots: 0 });
  const code = await storeTrainer(home, store);
  let jobs = 0;

  const training: Subject["training"] = ({ seed, steps, stepSeconds }) => {
    jobs += 1;
    return attemptOf({ releaseId: `recovery/${jobs}`, code, seed, parameters: { steps, stepSeconds, interval } });
  };
  const until = async (handle: JobHandle, isReached: (now: Observation) => boolean): Promise<Observation> => {
    for (;;) {
      const now = await executor.observe(handle);
      if (isReached(now) || now.phase === "succeeded" || now.phase === "failed") return now;
      await delay(LOOK_EVERY_MS);
    }
  };
  const untilEnd = async (handle: JobHandle) => (await until(handle, () => false)) as Ended;
  return {
    home,
    executor,
    training,
    untilEnd,
    untilRunning: async (handle) => (await until(handle, ({ phase }) => phase === "running")) as Running | Ended,
    uninterrupted: async ({ seed, steps }) =>
      modelOf(await untilEnd(await executor.ensure(training({ seed, steps, stepSeconds: 0 })))),
    dispose: () => dispose(executor, home),
  };
}

/** The final model. @throws when the training failed */
export async function modelOf(end: Ended): Promise<Buffer> {
  if (end.phase === "failed") throw new Error(`the training failed: ${end.message}`);
  return readFile(join(end.outputDir, "model.bin"));
}

function attemptOf(options: {
  readonly releaseId: string;
  readonly code: Digest;
  readonly seed: number;
  readonly parameters: Readonly<Record<string, number>>;
}): AttemptSpec {
  const { releaseId, code, seed, parameters } = options;
  return {
    tenant: "default",
    releaseId,
    firstExecutionRunId: "bench",
    job: "train",
    attempt: 1,
    code,
    inputs: [],
    resume: "none",
    spec: {
      name: "train",
      command: ["python3", "trainer.py"],
      env: {},
      parameters,
      inputs: [],
      resources: { cpus: 1, gpus: 0 },
      priority: 0,
      seed,
      budgets: DEFAULT_BUDGETS,
      graceMs: 1_000,
    },
  };
}

async function storeTrainer(home: string, store: ReturnType<typeof createFileStore>): Promise<Digest> {
  const folder = join(home, "pipeline");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "trainer.py"), readFileSync(new URL("trainer.py", import.meta.url)));
  return (await store.putTree(folder)).digest;
}

/** Ends whatever an interrupted bench left running. */
async function dispose(executor: Executor, home: string): Promise<void> {
  for (const name of await readdir(join(home, "jobs"))) {
    const record = JSON.parse(await readFile(join(home, "jobs", name, "record.json"), "utf8")) as JobHandle;
    await executor.delete({ ...record, backend: "local", name });
  }
  await rm(home, { recursive: true, force: true });
}
