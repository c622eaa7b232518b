import type { GuardrailJudgement } from "../../gates/canary-judge.ts";
import type { Observation } from "../../executors/executor.ts";
import { isRecord } from "../../domain/json.ts";

/** What the activity that watches a job last said of it. */
export interface JobBeat {
  readonly job: string;
  readonly attempt: number;
  readonly observation: Observation;
  /** When the server got it; absent until there was a heartbeat. */
  readonly heardAtMs?: number;
}

/** A step of the release that failed and is tried again. */
export interface RetryBeat {
  readonly activity: string;
  /** The attempt in progress or due, from 2. */
  readonly attempt: number;
  readonly message: string;
}

/** What the activity of a roll-out's step last said. */
export interface StepBeat {
  readonly step: number;
  readonly percent: number;
  readonly mirrorPercent: number;
  readonly elapsedMs: number;
  /** Keys that the candidate has answered in this stage, or requests that it was mirrored. */
  readonly samples?: number;
  /** Why the last look saw nothing new. */
  readonly trouble?: string;
  readonly judgement?: {
    readonly status: string;
    readonly message: string;
    readonly guardrails: readonly GuardrailJudgement[];
  };
}

/** The heartbeat of a job, or undefined when these details are something else. */
export function readJobBeat(details: unknown): JobBeat | undefined {
  if (!isRecord(details)) return undefined;
  const { job, attempt, observation } = details;
  if (typeof job !== "string" || !isRecord(observation) || typeof observation["phase"] !== "string") return undefined;
  return {
    job,
    attempt: typeof attempt === "number" ? attempt : 1,
    observation: observation as unknown as Observation,
  };
}

/** The heartbeat of a roll-out's step, or undefined when these details are something else. */
export function readStepBeat(details: unknown): StepBeat | undefined {
  if (!isRecord(details)) return undefined;
  const { step, percent, mirrorPercent, elapsedMs, samples, trouble, judgement } = details;
  if (typeof step !== "number" || typeof percent !== "number") return undefined;
  const head = {
    step,
    percent,
    mirrorPercent: typeof mirrorPercent === "number" ? mirrorPercent : 0,
    elapsedMs: typeof elapsedMs === "number" ? elapsedMs : 0,
    ...(typeof samples === "number" ? { samples } : {}),
    ...(typeof trouble === "string" ? { trouble } : {}),
  };
  if (!isRecord(judgement) || !Array.isArray(judgement["guardrails"])) return head;
  return {
    ...head,
    judgement: {
      status: String(judgement["status"]),
      message: typeof judgement["message"] === "string" ? judgement["message"] : "",
      guardrails: judgement["guardrails"] as readonly GuardrailJudgement[],
    },
  };
}
