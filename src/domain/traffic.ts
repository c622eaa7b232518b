/** How a request's routing key is found. Absent in the spec: the request id. */
export type RoutingKey = { readonly header: string } | { readonly bodyField: string };

/** How a prediction is read from the answer: an output tensor of Open Inference Protocol v2 and a rule. */
export interface DecisionRule {
  readonly output: string;
  readonly rule: { readonly threshold: number } | "argmax" | "value";
}

/** One model version behind an endpoint. */
export interface Arm {
  readonly modelVersion: string;
  /** Base URL of its server. */
  readonly address: string;
}

/**
 * Where an endpoint's traffic is to go. The whole truth: applying it twice changes nothing.
 * A larger `generation` wins; an older one is refused, so that a late writer cannot undo a rollback.
 */
export interface TrafficState {
  readonly environment: string;
  readonly endpoint: string;
  readonly generation: number;
  readonly champion?: Arm;
  readonly candidate?: Arm;
  /** Share of routing keys that the candidate gets, 0 to 100. */
  readonly candidatePercent: number;
  /** Share of requests mirrored to the candidate, 0 to 100; mirrored answers are compared and dropped. */
  readonly mirrorPercent: number;
  /** Names the roll-out in counters and capture; also the seed of the sticky buckets. */
  readonly rolloutId?: string;
  /** Index of the roll-out's stage, from 0; counters are kept per stage. */
  readonly stage: number;
  readonly routingKey?: RoutingKey;
  readonly slowAfterMs?: number;
  readonly timeoutMs: number;
  readonly decision?: DecisionRule;
}

/** Units and failures of both arms in one stage of a roll-out. Units are routing keys; each fails at most once. */
export interface StageCounts {
  readonly stage: number;
  readonly championUnits: number;
  readonly championFailures: number;
  readonly candidateUnits: number;
  readonly candidateFailures: number;
}

/** The two guardrails that every canary has. */
export type GuardrailMetric = "requestFailures" | "labelFailures";
