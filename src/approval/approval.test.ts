import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { ApprovalPolicy } from "../domain/plan.ts";
import type { ApprovalRequest, Decision } from "../domain/release.ts";
import type { Arrival, OpenRequest } from "./approval.ts";
import { approvalState, consider } from "./approval.ts";
import type { Parsed } from "./message.ts";
import { MAX_MESSAGE_CHARACTERS, parseMessage, readDecisionMessage } from "./message.ts";
import type { DecisionMessage } from "../domain/messages.ts";

const DIGEST = "sha256:aa";
const policy: ApprovalPolicy = {
  requiredApprovals: 1,
  minAssurance: "signal",
  expiresAfterMs: 1_000,
  allowSelfApproval: false,
  requireReason: false,
};
const request: ApprovalRequest = {
  release: "r1",
  round: 1,
  model: "m",
  version: "1.0.0",
  versionDigest: "sha256:01",
  reportDigest: "sha256:02",
  planDigest: "sha256:03",
  datasetDigests: [],
  environment: "production",
  requestedBy: "rita@example.org",
  expiresAtMs: 1_000,
  conclusion: "pass",
  policy: "standard",
};
const open = (changes: Partial<OpenRequest> = {}): OpenRequest => ({
  request,
  requestDigest: DIGEST,
  policy,
  decisions: [],
  ...changes,
});
const decision = (changes: Partial<Decision> = {}): Decision => ({
  decisionId: "d1",
  verdict: "approve",
  by: "ana@example.org",
  requestDigest: DIGEST,
  assurance: "signal",
  selfApproval: false,
  atMs: 1,
  ...changes,
});
const arrival = (payload: readonly unknown[], changes: Partial<Arrival> = {}): Arrival => ({
  verdict: "approve",
  parsed: parseMessage(payload, readDecisionMessage),
  atMs: 10,
  fallbackId: "f1",
  ...changes,
});

describe("an approval", () => {
  test("is pending until somebody decides, and expires", () => {
    expect(approvalState(open(), 999)).toBe("Pending");
    expect(approvalState(open(), 1_000)).toBe("Expired");
  });

  test("counts one person once", () => {
    const two = { ...policy, requiredApprovals: 2 };
    const twice = [decision(), decision({ decisionId: "d2" })];
    expect(approvalState(open({ policy: two, decisions: twice }), 1)).toBe("Pending");
    expect(
      approvalState(open({ policy: two, decisions: [...twice, decision({ by: "bo", decisionId: "d3" })] }), 1),
    ).toBe("Approved");
  });

  test("is rejected by any rejection, whatever else was said", () => {
    expect(approvalState(open({ decisions: [decision(), decision({ by: "bo", verdict: "reject" })] }), 1)).toBe(
      "Rejected",
    );
  });

  test("needs a person when a gate asked for one, even if the policy needs none", () => {
    const none = { ...policy, requiredApprovals: 0 };
    expect(approvalState(open({ policy: none }), 1)).toBe("Approved");
    expect(approvalState(open({ policy: none, request: { ...request, conclusion: "requireApproval" } }), 1)).toBe(
      "Pending",
    );
  });

  test("never counts a decision on another request, nor the requester's own under a standard policy", () => {
    expect(approvalState(open({ decisions: [decision({ requestDigest: "sha256:bb" })] }), 1)).toBe("Pending");
    expect(approvalState(open({ decisions: [decision({ selfApproval: true })] }), 1)).toBe("Pending");
    const development = { ...policy, allowSelfApproval: true };
    expect(approvalState(open({ policy: development, decisions: [decision({ selfApproval: true })] }), 1)).toBe(
      "Approved",
    );
  });

  property.prop([
    fc.shuffledSubarray([
      decision(),
      decision({ by: "bo", decisionId: "d2" }),
      decision({ by: "cy", verdict: "reject", decisionId: "d3" }),
    ]),
  ])("is the same in whatever order the decisions came", (decisions) => {
    const two = open({ policy: { ...policy, requiredApprovals: 2 }, decisions });
    expect(approvalState(two, 1)).toBe(approvalState({ ...two, decisions: decisions.toReversed() }, 1));
  });
});

describe("a message decides only if it can be understood and counted", () => {
  test("without payload it needs the sender of the history event, marked as unverified", () => {
    expect(consider(open(), arrival([]))).toEqual({ kind: "needsSender" });
    expect(consider(open(), arrival([], { sender: "cli@host" }))).toMatchObject({
      kind: "decision",
      decision: { by: "unverified:cli@host", requestDigest: DIGEST },
    });
  });

  test("a plain string is the reason", () => {
    expect(consider(open(), arrival(["looks good"], { sender: "x" }))).toMatchObject({
      decision: { reason: "looks good" },
    });
  });

  test("a plain message cannot count where two people are needed", () => {
    const two = open({ policy: { ...policy, requiredApprovals: 2 } });
    expect(consider(two, arrival([], { sender: "x" }))).toMatchObject({ kind: "refusal", code: "ambiguous" });
  });

  test("an object counts by its `by`", () => {
    expect(consider(open(), arrival([{ by: "ana", reason: "ok", decisionId: "d9" }]))).toMatchObject({
      kind: "decision",
      decision: { by: "ana", decisionId: "d9", reason: "ok", selfApproval: false },
    });
  });

  test("a decisionId seen before is ignored", () => {
    const decided = open({ decisions: [decision({ decisionId: "d9" })] });
    expect(consider(decided, arrival([{ by: "bo", decisionId: "d9" }]))).toEqual({ kind: "duplicate" });
  });

  test.each([
    ["another request's digest", [{ by: "ana", requestDigest: "sha256:bb" }], "stale"],
    ["a number", [7], "malformed"],
    ["an array", [["ana"]], "malformed"],
    ["an empty `by`", [{ by: " " }], "malformed"],
    ["a `by` of another type", [{ by: 7 }], "malformed"],
    ["no `by`", [{ reason: "x" }], "malformed"],
    ["an unknown field", [{ by: "ana", approve: true }], "malformed"],
    ["a wrong type beside a good `by`", [{ by: "ana", reason: 7 }], "malformed"],
    ["an undecodable payload", [{ __undecodable: true, error: "bad" }], "malformed"],
    ["two payloads", ["a", "b"], "malformed"],
    ["more than 16 KiB", ["x".repeat(MAX_MESSAGE_CHARACTERS + 1)], "too-large"],
    ["the requester", [{ by: "Rita@example.org" }], "not-allowed"],
  ] as const)("%s is refused", (_, payload, code) => {
    expect(consider(open(), arrival(payload))).toMatchObject({ kind: "refusal", code });
  });

  test("nothing counts before a request is open, nor after it has expired", () => {
    expect(consider(undefined, arrival([{ by: "ana" }]))).toMatchObject({ kind: "refusal", code: "not-open" });
    expect(consider(open(), arrival([{ by: "ana" }], { atMs: 1_000 }))).toMatchObject({
      kind: "refusal",
      code: "not-open",
    });
  });

  test("a second decision of the same person replaces nothing", () => {
    const decided = open({ decisions: [decision({ by: "ana" })] });
    const again = arrival([{ by: "ana" }], { verdict: "reject" });
    expect(consider(decided, again)).toMatchObject({ kind: "refusal", code: "duplicate" });
  });

  test("a reason is asked for where the policy asks for one", () => {
    const strict = open({ policy: { ...policy, requireReason: true } });
    expect(consider(strict, arrival([{ by: "ana" }]))).toMatchObject({ kind: "refusal", code: "not-allowed" });
    expect(consider(strict, arrival([{ by: "ana", reason: "checked" }]))).toMatchObject({ kind: "decision" });
  });

  property.prop([
    fc.array(fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }), { maxLength: 3 }),
  ])("whatever arrives, nothing throws, and only an object with a `by` or a plain message can decide", (payload) => {
    const parsed: Parsed<DecisionMessage> = parseMessage(payload, readDecisionMessage);
    const considered = consider(open(), arrival([], { parsed, sender: "x" }));
    if (considered.kind === "decision") expect(["plain", "message"]).toContain(parsed.kind);
  });
});
