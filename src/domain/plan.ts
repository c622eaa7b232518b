import type { Digest, Json } from "./json.ts";
import type { JobSpec } from "./job.ts";
import type { DecisionRule, RoutingKey } from "./traffic.ts";
import type { GateAction } from "./verdict.ts";

export type RiskTier = "low" | "medium" | "high";

/** A named data set as the spec gives it: files of the packed pipeline or absolute paths on the workers. */
export interface DatasetSpec {
  readonly name: string;
  /** Paths or globs, relative to the pipeline's folder or absolute. */
  readonly files: readonly string[];
  readonly format: "parquet" | "csv";
  /** Path, within the pipeline's folder, of an Open Data Contract Standard document. */
  readonly contract?: string;
}

/** Which rows a gate looks at: equal values of columns of the predictions. */
export type SliceSelector = Readonly<Record<string, string | number | boolean>>;

/** A condition that an evaluation must meet. At least one of the three conditions is there. */
export interface GateSpec {
  readonly name: string;
  /** `accuracy`, `logLoss`, `brier`, `auc` from the predictions, or any key of metrics.json. */
  readonly metric: string;
  /** The direction that is bad. */
  readonly direction: "increase" | "decrease";
  readonly slice?: SliceSelector;
  /** One gate for each value of this column. */
  readonly sliceBy?: string;
  readonly minSliceSize: number;
  readonly value?: { readonly lowerBound?: number; readonly upperBound?: number };
  readonly change?: { readonly absolute?: number; readonly relative?: number };
  readonly nonInferiority?: { readonly margin: number; readonly alpha: number };
  readonly onFail: GateAction;
  readonly onInconclusive: GateAction;
  readonly onNoBaseline: GateAction;
}

export interface EvaluationPlan {
  readonly job: JobSpec;
  /** Name of the data set that both models are evaluated on. */
  readonly dataset: string;
  readonly gates: readonly GateSpec[];
}

export interface ServingPlan {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly readyPath: string;
  readonly startTimeoutMs: number;
  /** One request that must be answered with 200 before the server gets traffic. */
  readonly smoke?: { readonly path: string; readonly body: Json };
}

export interface ApprovalPolicy {
  readonly requiredApprovals: number;
  /** The least assurance at which a decision counts; only `signal` exists so far. */
  readonly minAssurance: "signal";
  readonly expiresAfterMs: number;
  /** May the requester approve? True only under the embedded policy `development`; marked in every record. */
  readonly allowSelfApproval: boolean;
  readonly requireReason: boolean;
}

/** One step of a roll-out, in Argo Rollouts' words. Durations in milliseconds. */
export type RolloutStep =
  | { readonly kind: "setWeight"; readonly percent: number }
  | { readonly kind: "setMirrorRoute"; readonly percent: number }
  | {
      readonly kind: "pause";
      readonly durationMs?: number;
      readonly minSamples: number;
      readonly timeoutMs?: number;
    }
  | { readonly kind: "analysis" };

export interface AnalysisPlan {
  readonly metrics: readonly ("requestFailures" | "labelFailures")[];
  readonly alphaHarm: number;
  readonly alphaSafe: number;
  /** Largest tolerable risk ratio; above 1. */
  readonly toleratedRatio: number;
  readonly onInsufficientData: "pause" | "extend" | "fail" | "advance";
  readonly onInconclusive: "pause" | "rollback";
  /** How long an analysis step may take to reach a verdict. */
  readonly deadlineMs: number;
  /** How often the judge looks. */
  readonly intervalMs: number;
}

export interface RolloutPlan {
  readonly environment: string;
  readonly endpoint: string;
  readonly routingKey?: RoutingKey;
  readonly slowAfterMs?: number;
  readonly timeoutMs: number;
  readonly decision?: DecisionRule;
  readonly steps: readonly RolloutStep[];
  readonly analysis: AnalysisPlan;
  /** How long a pause that nobody ends may last before the roll-out is rolled back. */
  readonly pauseTimeoutMs: number;
  /** How long the old champion's server is kept after a promotion or the candidate's after a rollback. */
  readonly scaleDownDelayMs: number;
}

/** What a release will do: fully resolved and immutable. Its digest names it in every later record. */
export interface ReleasePlan {
  readonly pipeline: string;
  readonly model: string;
  readonly team: string;
  readonly risk: RiskTier;
  /** File manifest of the packed pipeline folder. */
  readonly code?: Digest;
  readonly commit?: string;
  readonly pythonRequirements?: string;
  readonly specDigest: Digest;
  readonly datasets: readonly DatasetSpec[];
  readonly prepare: readonly JobSpec[];
  readonly train: JobSpec;
  readonly evaluate: EvaluationPlan;
  readonly serve: ServingPlan;
  readonly approval: ApprovalPolicy;
  /** In order of promotion; one environment so far. */
  readonly rollouts: readonly RolloutPlan[];
}
