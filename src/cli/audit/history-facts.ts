import type { History } from "@temporalio/common/lib/proto-utils.js";
import { isRecord } from "../../domain/json.ts";
import type { Decision, ReleaseResult } from "../../domain/release.ts";
import { decodePayloads } from "./payloads.ts";

/** Something that somebody, or the release itself, did, as one source tells it. */
export interface Act {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  /** The digest it was done on, or that it made. */
  readonly digest?: string;
  readonly note?: string;
  readonly source: "history" | "registry";
}

/** What a release's Temporal history proves. */
export interface HistoryFacts {
  readonly release?: string;
  readonly requestedBy?: string;
  readonly acts: readonly Act[];
  /** The decisions that the release counted, as it handed them to its record. */
  readonly decisions: readonly Decision[];
  readonly result?: ReleaseResult;
}

type Event = NonNullable<History["events"]>[number];

const MESSAGES = new Set(["approve", "reject", "pause", "resume", "promote", "abort"]);

/** Reads who did what from a history; what it does not know, it passes over. */
export function readHistory(history: History): HistoryFacts {
  const events = history.events ?? [];
  const acts = events.flatMap((event) => actsOf(event, events));
  const started = events[0]?.workflowExecutionStartedEventAttributes;
  const [input] = decodePayloads(started?.input);
  const result = resultOf(events.at(-1));
  return {
    acts,
    decisions: events.flatMap(decisionsOf),
    ...(typeof started?.workflowId === "string" ? { release: started.workflowId } : {}),
    ...(isRecord(input) && typeof input["requestedBy"] === "string" ? { requestedBy: input["requestedBy"] } : {}),
    ...(result === undefined ? {} : { result }),
  };
}

function actsOf(event: Event, events: readonly Event[]): readonly Act[] {
  const atMs = timeOf(event);
  const act = (who: string | null | undefined, what: string, more: Partial<Act> = {}): readonly Act[] => [
    {
      atMs,
      who: who === undefined || who === null || who === "" ? "nobody named" : who,
      what,
      source: "history",
      ...more,
    },
  ];
  const { workflowExecutionStartedEventAttributes: started, workflowExecutionSignaledEventAttributes: signaled } =
    event;
  if (started)
    return act(
      started.identity,
      `started ${started.workflowType?.name ?? "the workflow"}`,
      claim(decodePayloads(started.input)[0], "requestedBy"),
    );
  if (signaled) {
    const name = signaled.signalName ?? "";
    return MESSAGES.has(name)
      ? act(signaled.identity, `signal ${name}`, claim(decodePayloads(signaled.input)[0], "by"))
      : [];
  }
  const accepted = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest;
  if (accepted)
    return act(
      accepted.meta?.identity,
      `update ${accepted.input?.name ?? ""}`,
      claim(decodePayloads(accepted.input?.args)[0], "by"),
    );
  const completed = event.workflowExecutionUpdateCompletedEventAttributes;
  if (completed)
    return act("the release", "answered the update", answerOf(decodePayloads(completed.outcome?.success)[0]));
  const cancelled = event.workflowExecutionCancelRequestedEventAttributes;
  if (cancelled) return act(cancelled.identity, "asked to cancel", present(cancelled.cause));
  const terminated = event.workflowExecutionTerminatedEventAttributes;
  if (terminated) return act(terminated.identity, "terminated the workflow", present(terminated.reason));
  const failed = event.workflowExecutionFailedEventAttributes;
  if (failed) return act("the release", "failed", present(failed.failure?.message));
  return activityAct(event, events, act);
}

function activityAct(
  event: Event,
  events: readonly Event[],
  act: (who: string, what: string, more?: Partial<Act>) => readonly Act[],
): readonly Act[] {
  const done = event.activityTaskCompletedEventAttributes;
  const name = done === undefined || done === null ? undefined : activityName(events, Number(done.scheduledEventId));
  const [result] = decodePayloads(done?.result);
  if (name === "openApproval" && isRecord(result))
    return act("the release", "asked for approval", { digest: String(result["requestDigest"]) });
  const ended = resultOf(event);
  if (ended === undefined) return [];
  return act("the release", `ended: ${ended.outcome}`, {
    note: ended.message,
    ...(ended.versionDigest === undefined ? {} : { digest: ended.versionDigest }),
  });
}

function activityName(events: readonly Event[], scheduledId: number): string | undefined {
  const scheduled = events.find(({ eventId }) => Number(eventId) === scheduledId);
  return scheduled?.activityTaskScheduledEventAttributes?.activityType?.name ?? undefined;
}

/** What the sender said of itself, its reason and the digest it meant. */
function claim(payload: unknown, who: "by" | "requestedBy"): Partial<Act> {
  if (typeof payload === "string") return { note: payload };
  if (!isRecord(payload)) return {};
  const said = [
    typeof payload["verdict"] === "string" ? payload["verdict"] : undefined,
    typeof payload[who] === "string" ? `as ${payload[who]}` : undefined,
    typeof payload["reason"] === "string" ? payload["reason"] : undefined,
    typeof payload["pipeline"] === "string" ? `pipeline ${payload["pipeline"]}` : undefined,
  ].filter((part) => part !== undefined);
  const digest = payload["requestDigest"];
  return { ...(said.length > 0 ? { note: said.join(": ") } : {}), ...(typeof digest === "string" ? { digest } : {}) };
}

function answerOf(answer: unknown): Partial<Act> {
  if (!isRecord(answer)) return {};
  const { accepted, reason, requestDigest } = answer;
  return {
    note: `${accepted === true ? "accepted" : "denied"}: ${String(reason)}`,
    ...(typeof requestDigest === "string" ? { digest: requestDigest } : {}),
  };
}

function present(note: string | null | undefined): Partial<Act> {
  return note === undefined || note === null || note === "" ? {} : { note };
}

function decisionsOf(event: Event): readonly Decision[] {
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled?.activityType?.name !== "recordDecisions") return [];
  const [input] = decodePayloads(scheduled.input);
  return isRecord(input) && Array.isArray(input["decisions"]) ? (input["decisions"] as readonly Decision[]) : [];
}

function resultOf(event: Event | undefined): ReleaseResult | undefined {
  const [result] = decodePayloads(event?.workflowExecutionCompletedEventAttributes?.result);
  return isRecord(result) && typeof result["outcome"] === "string" ? (result as unknown as ReleaseResult) : undefined;
}

function timeOf({ eventTime }: Event): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + Math.floor((eventTime?.nanos ?? 0) / 1_000_000);
}
