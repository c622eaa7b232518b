import type { ChampionRef } from "../domain/brief.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { AttemptOutcome, JobSpec } from "../domain/job.ts";
import type { Digest } from "../domain/json.ts";
import type { ReleasePlan } from "../domain/plan.ts";
import type { ReleaseStage } from "../domain/release.ts";
import { digestOf } from "../digest.ts";
import type { AttemptSpec, JobHandle, Observation } from "../executors/executor.ts";
import { getAlias } from "../registry/aliases.ts";
import { findEvaluation, recordEvaluation } from "../registry/evaluations.ts";
import { write } from "../registry/database.ts";
import { finishAttempt, recordAttempt } from "../registry/jobs.ts";
import { setReleaseStage } from "../registry/releases.ts";
import { knownPlan } from "./known-plan.ts";
import type { Dependencies } from "./dependencies.ts";
import { pauseFor, wasCancelRequested, whileHeartbeating } from "./heartbeat.ts";

/** Which attempt of which job. The plan has the rest. */
export interface AttemptRequest {
  readonly release: string;
  readonly firstExecutionRunId: string;
  readonly planDigest: Digest;
  /** Unique within the release, such as `train`, `prepare/features` or `evaluate/candidate`. */
  readonly job: string;
  readonly role: AttemptRole;
  readonly attempt: number;
  readonly resume: "none" | "newest";
  readonly inputs: readonly { readonly name: string; readonly digest: Digest }[];
}

export type AttemptRole =
  | { readonly kind: "prepare"; readonly index: number }
  | { readonly kind: "train" }
  | { readonly kind: "evaluate" }
  /** The champion of this environment, with its own recorded script, parameters and environment. */
  | { readonly kind: "evaluateChampion"; readonly model: string; readonly environment: string };

export interface AttemptResult {
  /** Absent when there was nothing to run: no champion yet. */
  readonly outcome?: AttemptOutcome;
  readonly champion?: ChampionRef;
  /** The result of an equal evaluation was at hand. */
  readonly cached?: boolean;
}

/** What the heartbeat shows of an attempt. */
export interface AttemptHeartbeat {
  readonly job: string;
  readonly attempt: number;
  readonly handle?: JobHandle;
  readonly observation?: Observation;
}

/**
 * Runs one attempt of a job to its end. A retry after this worker's death reattaches to the same attempt by its
 * deterministic name, and its uid must still be the same. Only a cancellation that the workflow asked for stops the job:
 * a worker that shuts down, a pause or a time-out leaves it running.
 */
export const createRunAttempt = (dependencies: Dependencies) =>
  async function runAttempt(request: AttemptRequest): Promise<AttemptResult> {
    const work = await resolve(dependencies, request);
    if (work === undefined) return {};
    const champion = work.champion === undefined ? {} : { champion: work.champion };
    const known = work.cacheKey === undefined ? undefined : await findEvaluation(dependencies.db, work.cacheKey);
    if (known !== undefined) {
      const nowMs = dependencies.nowMs();
      return {
        ...champion,
        cached: true,
        outcome: { status: "succeeded", output: known, startedAtMs: nowMs, endedAtMs: nowMs },
      };
    }
    const outcome = await watchAttempt(dependencies, request, work.attempt);
    if (outcome.status === "succeeded" && work.cacheKey !== undefined) {
      await recordEvaluation(dependencies.db, { ...work.cacheKey, output: outcome.output, release: request.release });
    }
    return { ...champion, outcome };
  };

interface Work {
  readonly attempt: AttemptSpec;
  readonly champion?: ChampionRef;
  readonly cacheKey?: {
    readonly modelDigest: Digest;
    readonly evaluationDigest: Digest;
    readonly datasetDigest: Digest;
  };
}

/** What is to run, wholly described; undefined when the champion is asked for and there is none. */
async function resolve(dependencies: Dependencies, request: AttemptRequest): Promise<Work | undefined> {
  const { role } = request;
  const plan = await knownPlan(dependencies.db, request.planDigest);
  if (role.kind !== "evaluateChampion") {
    const spec = jobOf(plan, role);
    const attempt = attemptOf(dependencies, request, plan, spec, request.inputs);
    return role.kind === "evaluate" ? { attempt, ...evaluationKey(plan, request.inputs) } : { attempt };
  }
  const alias = await getAlias(dependencies.db, {
    model: role.model,
    environment: role.environment,
    alias: "champion",
  });
  if (alias === undefined) return undefined;
  const own = await knownPlan(dependencies.db, alias.planDigest);
  const inputs = [{ name: "model", digest: alias.digest }, ...request.inputs];
  return {
    attempt: attemptOf(dependencies, request, own, own.evaluate.job, inputs),
    champion: { version: alias.version, digest: alias.digest },
    ...evaluationKey(own, inputs),
  };
}

function jobOf(plan: ReleasePlan, role: Exclude<AttemptRole, { kind: "evaluateChampion" }>): JobSpec {
  if (role.kind === "train") return plan.train;
  if (role.kind === "evaluate") return plan.evaluate.job;
  const job = plan.prepare[role.index];
  if (job === undefined)
    throw new SlipwayError("input.invalid", `the plan has no preparation job number ${role.index}`);
  return job;
}

function attemptOf(
  { settings }: Dependencies,
  request: AttemptRequest,
  plan: ReleasePlan,
  spec: JobSpec,
  inputs: AttemptSpec["inputs"],
): AttemptSpec {
  return {
    tenant: settings.tenant,
    releaseId: request.release,
    firstExecutionRunId: request.firstExecutionRunId,
    job: request.job,
    attempt: request.attempt,
    spec,
    ...(plan.code === undefined ? {} : { code: plan.code }),
    ...(plan.pythonRequirements === undefined ? {} : { pythonRequirements: plan.pythonRequirements }),
    inputs,
    resume: request.resume,
  };
}

/** Two evaluations of the same model by the same script on the same rows have the same result. */
function evaluationKey(plan: ReleasePlan, inputs: AttemptSpec["inputs"]): Pick<Work, "cacheKey"> {
  const digestNamed = (name: string) => inputs.find((input) => input.name === name)?.digest;
  const modelDigest = digestNamed("model");
  const datasetDigest = digestNamed("data");
  if (modelDigest === undefined || datasetDigest === undefined) return {};
  const { command, env, parameters, seed } = plan.evaluate.job;
  const script = { command, env, parameters, seed, code: plan.code ?? null, python: plan.pythonRequirements ?? null };
  return { cacheKey: { modelDigest, datasetDigest, evaluationDigest: digestOf(script) } };
}

async function watchAttempt(
  dependencies: Dependencies,
  request: AttemptRequest,
  spec: AttemptSpec,
): Promise<AttemptOutcome> {
  const { executor, settings, db } = dependencies;
  const { release, job, attempt } = request;
  let latest: AttemptHeartbeat = { job, attempt };
  return whileHeartbeating(
    settings.heartbeatTimeoutMs / 5,
    () => latest,
    async (signal) => {
      const handle = await executor.ensure(spec);
      latest = { ...latest, handle };
      await write(db, async (tx) => {
        await recordAttempt(tx, { release, job, attempt, ...handle });
        await setReleaseStage(tx, release, stageOf(request.role));
      });
      try {
        for (;;) {
          const observation = await executor.observe(handle);
          latest = { ...latest, observation };
          const outcome = await outcomeOf(dependencies, observation);
          if (outcome !== undefined) {
            await finishAttempt(db, {
              release,
              job,
              attempt,
              outcome,
              ...resumed(observation),
            });
            return outcome;
          }
          await pauseFor(settings.observeEveryMs, signal);
        }
      } catch (error) {
        if (signal.aborted && wasCancelRequested()) await executor.requestStop(handle, spec.spec.graceMs);
        throw error;
      }
    },
  );
}

function stageOf(role: AttemptRole): ReleaseStage {
  switch (role.kind) {
    case "prepare":
      return "preparing";
    case "train":
      return "training";
    case "evaluate":
    case "evaluateChampion":
      return "evaluating";
  }
}

function resumed(observation: Observation): { resumedFromStep?: number } {
  return "resumedFromStep" in observation && observation.resumedFromStep !== undefined
    ? { resumedFromStep: observation.resumedFromStep }
    : {};
}

/** The end of the attempt, with its output in the store; undefined while it goes on or nobody can say. */
async function outcomeOf({ store }: Dependencies, seen: Observation): Promise<AttemptOutcome | undefined> {
  if (seen.phase === "succeeded") {
    const { digest } = await store.putTree(seen.outputDir);
    return {
      status: "succeeded",
      output: digest,
      ...(seen.progress === undefined ? {} : { lastStep: seen.progress.step }),
      startedAtMs: seen.startedAtMs,
      endedAtMs: seen.endedAtMs,
    };
  }
  if (seen.phase !== "failed") return undefined;
  const { phase: _, progress, resumedFromStep: __, ...failed } = seen;
  return { status: "failed", ...failed, ...(progress === undefined ? {} : { lastStep: progress.step }) };
}
