import { createBodyCopy, type BodyCopy } from "./body-copy.ts";
import { decisionsOf } from "./answer-decisions.ts";
import { decideAlike, type RowDecision } from "./decision.ts";
import type { Endpoint, LiveArm, Traffic } from "./endpoint.ts";
import type { Exchange } from "./exchange.ts";
import type { AnswerSink } from "./forward.ts";
import type { WholeBody } from "./request-body.ts";
import type { MirrorEvent } from "./traffic-metrics.ts";

/** Mirrored requests of one endpoint under way at a time; further ones are dropped and counted. */
export const MAX_MIRRORS_UNDER_WAY = 64;

/** What the champion answered. */
export interface ChampionAnswer {
  readonly status: number;
  /** Absent when it was too long to be kept. */
  readonly answer: Buffer | undefined;
  readonly rows: readonly RowDecision[];
}

/** What the candidate answered to a mirrored request. */
export interface MirroredAnswer {
  readonly status: number;
  readonly latencyMs: number;
  readonly rows: readonly RowDecision[];
}

/**
 * Sends a copy of an answered request to the candidate, compares the answers and drops the candidate's. Runs after the
 * caller has been answered, with connections of the candidate's own, so the caller never waits for it.
 *
 * The answers are compared by their decisions where a rule reads them from both, else by status and bytes.
 *
 * @returns undefined when it was dropped or the candidate gave no answer
 */
export async function mirrorRequest(
  endpoint: Endpoint,
  exchange: Exchange,
  traffic: Traffic,
  candidate: LiveArm,
  body: WholeBody,
  champion: ChampionAnswer,
): Promise<MirroredAnswer | undefined> {
  const count = (...events: readonly MirrorEvent[]): void => {
    for (const event of events) endpoint.meter.mirror(event);
    traffic.records.ledger?.countMirror(Object.fromEntries(events.map((event) => [event, 1])));
  };
  if (endpoint.mirrorsUnderWay >= MAX_MIRRORS_UNDER_WAY) {
    count("dropped");
    return undefined;
  }
  const sink = createMirrorSink();
  endpoint.mirrorsUnderWay += 1;
  const forwarded = await exchange.sendCopy(candidate, body, sink, traffic.state.timeoutMs);
  endpoint.mirrorsUnderWay -= 1;
  if (forwarded.kind !== "answered" || forwarded.status >= 500) {
    count("mirrored", "failed");
    return undefined;
  }
  const answer = sink.copy.bytes();
  const rows = decisionsOf(answer, traffic.state.decision) ?? [];
  const difference = compare(champion, { status: forwarded.status, answer, rows });
  count("mirrored", ...(difference === "alike" ? [] : [difference]));
  return { status: forwarded.status, latencyMs: forwarded.latencyMs, rows };
}

function compare(one: ChampionAnswer, other: ChampionAnswer): "alike" | "differed" | "uncompared" {
  if (one.status !== other.status) return "differed";
  if (one.rows.length > 0 && other.rows.length > 0) return decideAlike(one.rows, other.rows) ? "alike" : "differed";
  if (one.answer === undefined || other.answer === undefined) return "uncompared";
  return one.answer.equals(other.answer) ? "alike" : "differed";
}

function createMirrorSink(): AnswerSink & { readonly copy: BodyCopy } {
  const copy = createBodyCopy();
  return {
    copy,
    begin: () => "take",
    chunk(bytes) {
      copy.add(bytes);
      return true;
    },
    end: () => undefined,
  };
}
