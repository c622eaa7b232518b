/** Names that cross the wire. Changing one is a breaking change. */
export const TASK_QUEUE = "slipway";
export const WORKFLOWS = {
  releaseModel: "releaseModel",
  rollOut: "rollOut",
  endpoint: "endpoint",
} as const;
export const SIGNALS = {
  approve: "approve",
  reject: "reject",
  pause: "pause",
  resume: "resume",
  promote: "promote",
  abort: "abort",
} as const;
export const UPDATES = { decide: "decide", rollback: "rollback" } as const;
export const QUERIES = { status: "status" } as const;

/** Keyword search attributes; every one must be registered with the namespace before a worker starts. */
export const SEARCH_ATTRIBUTES = [
  "SlipwayModel",
  "SlipwayPipeline",
  "SlipwayStage",
  "SlipwayAwaiting",
  "SlipwayOutcome",
  "SlipwayTrigger",
  "SlipwayEnvironment",
  "SlipwayTeam",
  "SlipwayVersion",
] as const;

/** An endpoint's own workflow: one for ever. */
export function endpointWorkflowId(environment: string, endpoint: string): string {
  return `endpoint/${environment}/${endpoint}`;
}

/** A roll-out's workflow: the child of its release; `round` counts roll-outs of one release from 1. */
export function rolloutWorkflowId(releaseId: string, environment: string, round: number): string {
  return `${releaseId}/rollout/${environment}/${round}`;
}

/** Payload of the signals `approve` and `reject`; no payload or a plain string (the reason) are understood too. */
export interface DecisionMessage {
  readonly by: string;
  readonly reason?: string;
  readonly decisionId?: string;
  readonly requestDigest?: string;
  readonly role?: string;
}

/** Argument of the update `decide`. */
export interface DecideMessage extends DecisionMessage {
  readonly verdict: "approve" | "reject";
}

/** Answer of the update `decide`. */
export interface DecideAnswer {
  readonly accepted: boolean;
  readonly reason: string;
  readonly requestDigest?: string;
}

/** Argument of the update `rollback` of an endpoint's workflow: serve an earlier version again, at once. */
export interface RollbackMessage {
  /** Semantic version of the model that the endpoint serves. */
  readonly to: string;
  readonly by: string;
  readonly reason?: string;
}

export interface RollbackAnswer {
  readonly accepted: boolean;
  readonly reason: string;
}

/** Payload of `pause`, `resume`, `promote` and `abort`; no payload or a plain string (the reason) are understood too. */
export interface ActionMessage {
  readonly by?: string;
  readonly reason?: string;
  /** The step (from 0) the sender saw; the action is refused when the roll-out has moved on. */
  readonly expectedStep?: number;
  /** `promote` only: skip all remaining steps and their analyses; recorded as unproven. */
  readonly full?: boolean;
}
