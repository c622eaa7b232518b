import { condition, setHandler } from "@temporalio/workflow";
import type { Arrival, ApprovalState, OpenRequest } from "../approval/approval.ts";
import { approvalState, consider } from "../approval/approval.ts";
import type { Parsed } from "../approval/message.ts";
import { parseMessage, readDecisionMessage } from "../approval/message.ts";
import { isRecord } from "../domain/json.ts";
import type { DecideAnswer, DecisionMessage } from "../domain/messages.ts";
import { quick } from "./activities.ts";
import { approveSignal, decideUpdate, rejectSignal } from "./messages.ts";
import type { Refusals } from "./refusals.ts";

/** A plain signal that waits for an activity to read who sent it. */
interface Anonymous extends Arrival {
  /** Counts the signals of this name in the history, from 0. */
  readonly index: number;
}

export interface ApprovalDesk {
  readonly open: OpenRequest | undefined;
  /** Opens the request, waits until it is approved, rejected or expired, and closes it. */
  decide(
    request: OpenRequest,
  ): Promise<{ readonly state: Exclude<ApprovalState, "Pending">; readonly decided: OpenRequest }>;
}

/** The open request and the signals whose sender is not known yet. */
interface Counter {
  open: OpenRequest | undefined;
  readonly anonymous: Anonymous[];
  readonly refusals: Refusals;
}

/** Registers the handlers of approve, reject and decide. They never throw, and what does not count is kept as a refusal. */
export function openApprovalDesk(refusals: Refusals): ApprovalDesk {
  const counter: Counter = { open: undefined, anonymous: [], refusals };
  handleSignals(counter);
  let updates = 0;
  setHandler(decideUpdate, (...args): DecideAnswer => {
    updates += 1;
    const answer = weigh(counter, readDecide(args, `update-decide-${updates}`, Date.now()), "decide");
    return answer === "needsSender" ? { accepted: false, reason: "`by` is missing" } : answer;
  });
  return {
    get open() {
      return counter.open;
    },
    decide: (request) => decide(counter, request),
  };
}

function handleSignals(counter: Counter): void {
  const arrived = { approve: 0, reject: 0 };
  const onSignal = (verdict: "approve" | "reject", args: readonly unknown[]) => {
    const index = arrived[verdict];
    arrived[verdict] += 1;
    const parsed = parseMessage(args, readDecisionMessage);
    const arrival = { verdict, parsed, atMs: Date.now(), fallbackId: `signal-${verdict}-${index}` };
    if (weigh(counter, arrival, verdict) === "needsSender") counter.anonymous.push({ ...arrival, index });
  };
  setHandler(approveSignal, (...args) => onSignal("approve", args), { description: "Let the waiting release go on" });
  setHandler(rejectSignal, (...args) => onSignal("reject", args), { description: "End the waiting release" });
}

/** Counts an arrival or keeps why it does not count. */
function weigh(counter: Counter, arrival: Arrival, how: string): DecideAnswer | "needsSender" {
  const { open, refusals } = counter;
  const considered = consider(open, arrival);
  const bound = open === undefined ? {} : { requestDigest: open.requestDigest };
  switch (considered.kind) {
    case "needsSender":
      return "needsSender";
    case "duplicate":
      return { accepted: true, reason: "this decision was counted before", ...bound };
    case "refusal": {
      const by = considered.by === undefined ? {} : { by: considered.by };
      refusals.add({ message: how, code: considered.code, reason: considered.reason, atMs: arrival.atMs, ...by });
      return { accepted: false, reason: considered.reason, ...bound };
    }
    case "decision":
      if (open !== undefined) counter.open = { ...open, decisions: [...open.decisions, considered.decision] };
      return { accepted: true, reason: `${arrival.verdict} by ${considered.decision.by} counted`, ...bound };
  }
}

async function decide(counter: Counter, request: OpenRequest): ReturnType<ApprovalDesk["decide"]> {
  counter.open = request;
  const state = () => (counter.open === undefined ? "Expired" : approvalState(counter.open, Date.now()));
  try {
    while (state() === "Pending") {
      const leftMs = Math.max(0, request.request.expiresAtMs - Date.now());
      const moved = () => counter.anonymous.length > 0 || state() !== "Pending";
      await condition(moved, leftMs, { summary: "approval expires" });
      await nameSenders(counter);
    }
    const final = state();
    return { state: final === "Pending" ? "Expired" : final, decided: counter.open ?? request };
  } finally {
    counter.open = undefined;
    counter.anonymous.length = 0;
  }
}

async function nameSenders(counter: Counter): Promise<void> {
  for (let next = counter.anonymous.shift(); next !== undefined; next = counter.anonymous.shift()) {
    const sender = await quick.readSender({ signal: next.verdict, index: next.index });
    weigh(counter, { ...next, sender }, next.verdict);
  }
}

/** An update must say its verdict and who decides: there is no history event to read a sender from. */
function readDecide(args: readonly unknown[], fallbackId: string, atMs: number): Arrival {
  const [value] = args;
  const verdict = isRecord(value) ? value["verdict"] : undefined;
  const asked = verdict === "reject" ? "reject" : "approve";
  const parsed: Parsed<DecisionMessage> = parseMessage(args, readDecisionMessage);
  if (parsed.kind === "message" && verdict !== "approve" && verdict !== "reject") {
    const reason = "`verdict` must be approve or reject";
    return { verdict: asked, parsed: { kind: "refused", code: "malformed", reason }, atMs, fallbackId };
  }
  if (parsed.kind === "plain") {
    const reason = "expected {verdict, by, reason?, decisionId?, requestDigest?}";
    return { verdict: asked, parsed: { kind: "refused", code: "malformed", reason }, atMs, fallbackId };
  }
  return { verdict: asked, parsed, atMs, fallbackId };
}
