import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { DEFAULT_BUDGETS, type JobSpec } from "../../src/domain/job.ts";
import type { AttemptSpec, Executor, JobHandle, Observation } from "../../src/executors/executor.ts";

const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 25;

/** The smallest attempt that runs a command: a first one, of a run of its own. */
export function attemptOf(
  command: readonly string[],
  more: Partial<AttemptSpec> & { job?: string } = {},
  spec: Partial<JobSpec> = {},
): AttemptSpec {
  return {
    tenant: "default",
    releaseId: `release/${randomUUID()}`,
    firstExecutionRunId: randomUUID(),
    job: "train",
    attempt: 1,
    inputs: [],
    resume: "none",
    ...more,
    spec: {
      name: "train",
      command,
      env: {},
      parameters: {},
      inputs: [],
      resources: { cpus: 1, gpus: 0 },
      priority: 0,
      seed: 7,
      budgets: DEFAULT_BUDGETS,
      graceMs: 2_000,
      ...spec,
    },
  };
}

/** An attempt that runs a text of the POSIX shell. */
export function shellAttempt(
  script: string,
  more: Partial<AttemptSpec> = {},
  spec: Partial<JobSpec> = {},
): AttemptSpec {
  return attemptOf(["sh", "-c", script], more, spec);
}

/** The next attempt of the same job. */
export function nextAttempt(attempt: AttemptSpec): AttemptSpec {
  return { ...attempt, attempt: attempt.attempt + 1, resume: "newest" };
}

type InPhase<Phase extends Observation["phase"]> = Extract<Observation, { phase: Phase }>;

/** Observes until the attempt is in one of the phases. @throws when it takes a minute, or an end came that was not asked for */
export async function untilPhase<Phase extends Observation["phase"]>(
  executor: Executor,
  handle: JobHandle,
  ...phases: readonly Phase[]
): Promise<InPhase<Phase>> {
  const seen = await untilSeen(executor, handle, (observation) => isIn(observation, phases));
  if (isIn(seen, phases)) return seen;
  throw new Error(`ended while waiting for ${phases.join(" or ")}: ${JSON.stringify(seen)}`);
}

/** Observes until the claim holds of a running attempt, or the attempt has ended. */
export async function untilSeen(
  executor: Executor,
  handle: JobHandle,
  holds: (observation: Observation) => boolean,
): Promise<Observation> {
  const givenUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const observation = await executor.observe(handle);
    if (holds(observation) || observation.phase === "succeeded" || observation.phase === "failed") return observation;
    if (performance.now() > givenUpAt) throw new Error(`still ${JSON.stringify(observation)} after a minute`);
    await delay(LOOK_EVERY_MS);
  }
}

/** The attempt's end. */
export function untilEnd(executor: Executor, handle: JobHandle): Promise<InPhase<"succeeded" | "failed">> {
  return untilPhase(executor, handle, "succeeded", "failed");
}

/** Starts an attempt and observes it to its end. */
export async function runToEnd(executor: Executor, attempt: AttemptSpec): Promise<InPhase<"succeeded" | "failed">> {
  return untilEnd(executor, await executor.ensure(attempt));
}

/** The whole log, read in as many parts as it takes. */
export async function wholeLog(executor: Executor, handle: JobHandle): Promise<string> {
  let text = "";
  for (let offset = 0; ;) {
    const chunk = await executor.logs(handle, offset);
    text += chunk.text;
    offset = chunk.nextOffset;
    if (chunk.complete) return text;
  }
}

function isIn<Phase extends Observation["phase"]>(
  observation: Observation,
  phases: readonly Phase[],
): observation is InPhase<Phase> {
  return (phases as readonly string[]).includes(observation.phase);
}
