import type { ArmName } from "./stage-ledger.ts";
import type { RowDecision } from "./decision.ts";

/**
 * Why an arm failed a request: no whole answer, none in time, a status from 500 on, or an answer later than
 * `slowAfterMs`.
 */
export type RequestFailure = "transport" | "timeout" | "status" | "slow";

/** One line of a capture segment: a request and what was predicted. */
export interface CaptureRecord {
  /** The request id, also in the answer's header `x-request-id`. */
  readonly id: string;
  /** Arrival, in ms since 1970. */
  readonly at: number;
  /** The routing key; a long one as its digest. */
  readonly key: string;
  readonly rolloutId?: string;
  readonly stage: number;
  /** The arm that the key was assigned to. */
  readonly arm: ArmName;
  /** The arm that answered in the end; absent when none did. */
  readonly served?: ArmName;
  /** Version of the arm that answered, or of the assigned one. */
  readonly version: string;
  /** HTTP status that the caller got. */
  readonly status: number;
  /** Of the assigned arm, before any fallback. */
  readonly failure?: RequestFailure;
  /** From handing the request to the assigned arm to the end of the answer, any fallback included. */
  readonly latencyMs: number;
  /** A copy that the candidate answered beside the champion: never a unit of any analysis. */
  readonly mirrored?: true;
  readonly rows: readonly RowDecision[];
  /** The request's body as it came, when it is JSON of at most MAX_INPUT_BYTES. */
  readonly input?: string;
}

/** Longest body that is captured. */
export const MAX_INPUT_BYTES = 16 * 1024;

/** Longest routing key that is captured as it is. */
export const MAX_KEY_LENGTH = 256;
