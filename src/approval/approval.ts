import type { DecisionMessage } from "../domain/messages.ts";
import type { ApprovalPolicy } from "../domain/plan.ts";
import type { ApprovalRequest, Decision } from "../domain/release.ts";
import type { Digest } from "../domain/json.ts";
import type { Parsed } from "./message.ts";

/** An open request and what has been decided on it. "Approved" is never stored: it is always folded from these. */
export interface OpenRequest {
  readonly request: ApprovalRequest;
  readonly requestDigest: Digest;
  readonly policy: ApprovalPolicy;
  readonly decisions: readonly Decision[];
}

export type ApprovalState = "Pending" | "Approved" | "Rejected" | "Expired";

/**
 * Folds the decisions: any rejection wins, one person counts once, and the request's digest must be the one decided on.
 * A release whose gates asked for a person needs at least one, whatever the policy says.
 */
export function approvalState(open: OpenRequest, nowMs: number): ApprovalState {
  const counted = open.decisions.filter((decision) => decision.requestDigest === open.requestDigest);
  if (counted.some((decision) => decision.verdict === "reject")) return "Rejected";
  const people = new Set(counted.filter((decision) => mayApprove(open, decision)).map((decision) => decision.by));
  if (people.size >= requiredApprovals(open)) return "Approved";
  return nowMs >= open.request.expiresAtMs ? "Expired" : "Pending";
}

/** How many different people must approve. */
export function requiredApprovals(open: Pick<OpenRequest, "policy" | "request">): number {
  const asked = open.request.conclusion === "requireApproval" ? 1 : 0;
  return Math.max(open.policy.requiredApprovals, asked);
}

function mayApprove(open: OpenRequest, decision: Decision): boolean {
  return decision.verdict === "approve" && (!decision.selfApproval || open.policy.allowSelfApproval);
}

/** A message that was understood, or why it does not count. `sender` is needed first where it says so. */
export type Consideration =
  | { readonly kind: "decision"; readonly decision: Decision }
  | { readonly kind: "needsSender" }
  | { readonly kind: "duplicate" }
  | { readonly kind: "refusal"; readonly code: string; readonly reason: string; readonly by?: string };

/** Everything about one arrival that the rules look at. */
export interface Arrival {
  readonly verdict: "approve" | "reject";
  readonly parsed: Parsed<DecisionMessage>;
  /** Identity of the history event; only plain signals need it. */
  readonly sender?: string;
  readonly atMs: number;
  /** Used when the message brings no decisionId of its own. */
  readonly fallbackId: string;
}

/** Does this arrival decide? The normative table of signals, row by row. */
export function consider(open: OpenRequest | undefined, arrival: Arrival): Consideration {
  const { parsed } = arrival;
  if (parsed.kind === "refused") return { kind: "refusal", code: parsed.code, reason: parsed.reason };
  const claimed = parsed.kind === "message" ? { by: parsed.message.by } : {};
  if (open === undefined) return { kind: "refusal", code: "not-open", reason: "no approval is open", ...claimed };
  if (parsed.kind === "plain") return considerPlain(open, arrival, parsed.reason);
  return considerMessage(open, arrival, parsed.message);
}

function considerPlain(open: OpenRequest, arrival: Arrival, reason: string | undefined): Consideration {
  if (requiredApprovals(open) > 1) {
    const why = `this request needs ${requiredApprovals(open)} approvals: say who you are with {"by": "…"}`;
    return { kind: "refusal", code: "ambiguous", reason: why };
  }
  if (arrival.sender === undefined) return { kind: "needsSender" };
  return checked(open, arrival, { by: `unverified:${arrival.sender}`, ...(reason === undefined ? {} : { reason }) });
}

function considerMessage(open: OpenRequest, arrival: Arrival, message: DecisionMessage): Consideration {
  if (message.decisionId !== undefined && open.decisions.some((seen) => seen.decisionId === message.decisionId)) {
    return { kind: "duplicate" };
  }
  if (message.requestDigest !== undefined && message.requestDigest !== open.requestDigest) {
    const why = `bound to ${message.requestDigest}, but the open request is ${open.requestDigest}`;
    return { kind: "refusal", code: "stale", reason: why, by: message.by };
  }
  return checked(open, arrival, message);
}

function checked(open: OpenRequest, arrival: Arrival, message: DecisionMessage): Consideration {
  const refuse = (code: string, reason: string): Consideration => ({ kind: "refusal", code, reason, by: message.by });
  if (arrival.atMs >= open.request.expiresAtMs) return refuse("not-open", "the request has expired");
  if (open.decisions.some((decision) => decision.by === message.by)) {
    return refuse("duplicate", `${message.by} has decided already; a second decision replaces nothing`);
  }
  if (open.policy.requireReason && (message.reason ?? "").trim() === "") {
    return refuse("not-allowed", "the policy asks for a reason");
  }
  const selfApproval = arrival.verdict === "approve" && samePerson(message.by, open.request.requestedBy);
  if (selfApproval && !open.policy.allowSelfApproval) {
    return refuse("not-allowed", `${message.by} asked for this release and may not approve it`);
  }
  return {
    kind: "decision",
    decision: {
      decisionId: message.decisionId ?? arrival.fallbackId,
      verdict: arrival.verdict,
      by: message.by,
      ...(message.reason === undefined ? {} : { reason: message.reason }),
      ...(message.role === undefined ? {} : { role: message.role }),
      requestDigest: open.requestDigest,
      assurance: "signal",
      selfApproval,
      atMs: arrival.atMs,
    },
  };
}

/** Identities from history events carry a mark that claims do not; the person is the same. */
function samePerson(one: string, other: string): boolean {
  return bareName(one) === bareName(other);
}

function bareName(name: string): string {
  return name
    .replace(/^unverified:/u, "")
    .trim()
    .toLowerCase();
}
