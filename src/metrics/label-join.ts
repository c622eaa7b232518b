import type { StageCounts } from "../domain/traffic.ts";
import type { CaptureRecord } from "../gateway/capture-record.ts";
import { canonicalDecision } from "../gateway/decision.ts";
import type { LabelRecord } from "../gateway/label-record.ts";
import { createStageLedger } from "../gateway/stage-ledger.ts";
import { unitOf } from "../gateway/sticky-bucket.ts";

/** Requests that wait for their labels; the oldest are given up first, of both arms alike. */
export const MAX_WAITING_REQUESTS = 500_000;
/** Labels whose request is not in the capture yet, or never will be. */
export const MAX_WAITING_LABELS = 100_000;

export interface LabelJoinLimits {
  readonly maxWaitingRequests: number;
  readonly maxWaitingLabels: number;
  /** Labels that arrive later than this after their request do not count; absent: all do. */
  readonly horizonMs?: number;
}

export const LABEL_JOIN_LIMITS: LabelJoinLimits = {
  maxWaitingRequests: MAX_WAITING_REQUESTS,
  maxWaitingLabels: MAX_WAITING_LABELS,
};

/** Joins predictions and labels of one roll-out as they come in, in any order. */
export interface LabelJoin {
  addRequest(record: CaptureRecord): void;
  addLabel(label: LabelRecord): void;
  /** Arrival of the earliest request that can get labels, in ms since 1970; undefined when there is none yet. */
  firstRequestAtMs(): number | undefined;
  counts(): readonly StageCounts[];
}

interface WaitingRequest {
  readonly unit: number;
  readonly record: Pick<CaptureRecord, "stage" | "arm" | "at">;
  /** Decisions that have no label yet, by row. */
  readonly decisions: Map<number, string>;
}

/**
 * Counts label failures by traffic.md: the unit is a routing key in one stage, for the arm it was assigned to. A key
 * counts once one of its predictions has a label, and fails once, at its first wrong one. An answer that the champion
 * gave for a failing candidate counts for the candidate: keys are compared as they were assigned at random, and which
 * requests fail is not random. Mirrored requests do not count. For one row of a request the first label stands, so that
 * what was counted is never taken back.
 */
export function createLabelJoin(rolloutId: string, limits: LabelJoinLimits = LABEL_JOIN_LIMITS): LabelJoin {
  const units = createStageLedger();
  const requests = new Map<string, WaitingRequest>();
  const labels = new Map<string, LabelRecord[]>();
  let firstAtMs: number | undefined;
  const judge = (request: WaitingRequest, label: LabelRecord): void => {
    const { stage, arm, at } = request.record;
    const decision = request.decisions.get(label.row);
    if (decision === undefined) return;
    if (limits.horizonMs !== undefined && label.receivedAtMs - at > limits.horizonMs) return;
    request.decisions.delete(label.row);
    units.open(stage, arm, request.unit);
    if (decision !== canonicalDecision(label.label)) units.fail(stage, arm, request.unit);
  };
  return {
    addRequest(record) {
      if (record.rolloutId !== rolloutId || record.mirrored === true || record.rows.length === 0) return;
      if (requests.has(record.id)) return;
      const decisions = new Map(record.rows.map(({ row, decision }) => [row, canonicalDecision(decision)]));
      const { stage, arm, at } = record;
      const request = { unit: unitOf(record.key), record: { stage, arm, at }, decisions };
      requests.set(record.id, request);
      firstAtMs = Math.min(firstAtMs ?? at, at);
      for (const label of labels.get(record.id) ?? []) judge(request, label);
      labels.delete(record.id);
      forgetOldest(requests, limits.maxWaitingRequests);
    },
    addLabel(label) {
      const request = requests.get(label.id);
      if (request !== undefined) {
        judge(request, label);
        return;
      }
      labels.set(label.id, [...(labels.get(label.id) ?? []), label]);
      forgetOldest(labels, limits.maxWaitingLabels);
    },
    firstRequestAtMs: () => firstAtMs,
    counts: () => units.counts(),
  };
}

/** Maps keep the order in which keys were set. */
function forgetOldest(waiting: Map<string, unknown>, limit: number): void {
  if (waiting.size <= limit) return;
  const [oldest] = waiting.keys();
  if (oldest !== undefined) waiting.delete(oldest);
}
