import type { ApprovalPolicy, RiskTier } from "./plan.ts";
import type { Budgets } from "./job.ts";
import type { Digest } from "./json.ts";

/** What the workflow must know of a job to sequence it; the rest stays in the stored plan. */
export interface JobBrief {
  readonly name: string;
  readonly budgets: Budgets;
  readonly inputs: readonly string[];
}

/** The part of a plan that sequencing needs: small, because it lies in the history. */
export interface ReleaseBrief {
  readonly planDigest: Digest;
  readonly pipeline: string;
  readonly model: string;
  readonly team: string;
  readonly risk: RiskTier;
  readonly trigger: string;
  readonly requestedBy: string;
  readonly prepare: readonly JobBrief[];
  readonly train: JobBrief;
  readonly evaluate: JobBrief;
  /** Name of the data set that both models are evaluated on. */
  readonly evaluationDataset: string;
  readonly approval: ApprovalPolicy;
  readonly rollouts: readonly RolloutBrief[];
  /** How soon a dead worker is noticed, in milliseconds. */
  readonly heartbeatTimeoutMs: number;
}

export interface RolloutBrief {
  readonly environment: string;
  readonly endpoint: string;
  readonly steps: number;
  readonly pauseTimeoutMs: number;
}

/** The version that serves now, as far as a release must know it. */
export interface ChampionRef {
  readonly version: string;
  readonly digest: Digest;
}
