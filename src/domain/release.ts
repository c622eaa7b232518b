import type { Digest, Json } from "./json.ts";

/** What `releaseModel` is started with: a registered pipeline by name, or a spec of one's own (with or without that pipeline's files). */
export interface ReleaseInput {
  /** Name of a registered pipeline. */
  readonly pipeline?: string;
  /** A registered revision; the newest when absent. */
  readonly revision?: number;
  /** A whole slipway.yaml as JSON, used instead of the pipeline's own. */
  readonly spec?: { readonly [key: string]: Json };
  /** Changes to the spec by dotted path, such as `{"train.parameters.rounds": 40}`, applied before validation. */
  readonly set?: Readonly<Record<string, Json>>;
  /** Who asks for the release; the caller's own claim. */
  readonly requestedBy?: string;
  /** What set it off; `manual` when absent. */
  readonly trigger?: string;
}

/** How a release ended. */
export type ReleaseOutcome =
  | "Promoted"
  | "RolledBack"
  | "GateFailed"
  | "JobFailed"
  | "Rejected"
  | "Expired"
  | "Aborted"
  | "Superseded";

/** The stages of a release, in order. */
export type ReleaseStage =
  | "planning"
  | "validating data"
  | "preparing"
  | "training"
  | "evaluating"
  | "packaging"
  | "awaiting approval"
  | "awaiting endpoint"
  | "rolling out"
  | "closed";

export interface ReleaseResult {
  readonly release: string;
  readonly outcome: ReleaseOutcome;
  /** One sentence: why it ended so. */
  readonly message: string;
  readonly model: string;
  /** Semantic version, once packaged. */
  readonly version?: string;
  readonly versionDigest?: Digest;
  readonly planDigest: Digest;
}

/** A person's act on an approval request. */
export interface Decision {
  readonly decisionId: string;
  readonly verdict: "approve" | "reject";
  /** Who, as they said or as the history says; prefixed `unverified:` when taken from the sender's identity. */
  readonly by: string;
  readonly reason?: string;
  readonly role?: string;
  readonly requestDigest: Digest;
  readonly assurance: "signal";
  /** The approver also asked for the release, which only a development policy allows. */
  readonly selfApproval: boolean;
  readonly atMs: number;
}

/** What people are asked to approve. Its digest (canonical JSON) is what decisions are bound to. */
export interface ApprovalRequest {
  readonly release: string;
  /** Counts the requests of this release, from 1. */
  readonly round: number;
  readonly model: string;
  readonly version: string;
  readonly versionDigest: Digest;
  readonly reportDigest: Digest;
  readonly planDigest: Digest;
  readonly datasetDigests: readonly Digest[];
  readonly environment: string;
  readonly championDigest?: Digest;
  readonly requestedBy: string;
  readonly expiresAtMs: number;
  readonly conclusion: "pass" | "requireApproval";
  readonly policy: "standard" | "development";
}

/** A message that was understood or not, but did not count, and why. */
export interface Refusal {
  readonly message: string;
  /** `not-open | stale | malformed | too-large | duplicate | not-allowed | ambiguous | unknown-step` */
  readonly code: string;
  readonly reason: string;
  readonly by?: string;
  readonly atMs: number;
}

/** Phases of a roll-out, Argo Rollouts' words. */
export type RolloutPhase = "Progressing" | "Paused" | "Healthy" | "Degraded";

export interface RolloutStatus {
  readonly environment: string;
  readonly endpoint: string;
  readonly phase: RolloutPhase;
  /** Stage in progress, from 0, and how many there are. */
  readonly step: number;
  readonly steps: number;
  readonly message: string;
}

/** What the `status` query answers. */
export interface ReleaseStatus {
  readonly release: string;
  readonly stage: ReleaseStage;
  readonly model?: string;
  readonly pipeline?: string;
  readonly version?: string;
  /** What the release waits for, in one sentence, or absent. */
  readonly awaiting?: string;
  readonly approval?: {
    readonly requestDigest: Digest;
    readonly request: ApprovalRequest;
    readonly decisions: readonly Decision[];
  };
  readonly rollout?: RolloutStatus;
  readonly attempts: readonly {
    readonly job: string;
    readonly attempt: number;
    readonly ended?: string;
  }[];
  /** The last 50, newest last, and how many there were in all. */
  readonly refusals: readonly Refusal[];
  readonly refusalCount: number;
  readonly outcome?: ReleaseOutcome;
  readonly message?: string;
  readonly startedAtMs: number;
}
