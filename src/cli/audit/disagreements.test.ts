import { describe, expect, test } from "vitest";
import { digestOf } from "../../digest.ts";
import type { ApprovalRequest, Decision, ReleaseResult } from "../../domain/release.ts";
import { disagreements } from "./disagreements.ts";
import type { HistoryFacts } from "./history-facts.ts";
import type { RegistryFacts } from "./registry-facts.ts";

const planDigest = digestOf("plan");
const versionDigest = digestOf("model");

const request: ApprovalRequest = {
  release: "r-1",
  round: 1,
  model: "employment",
  version: "1.0.0",
  versionDigest,
  reportDigest: digestOf("report"),
  planDigest,
  datasetDigests: [],
  environment: "production",
  requestedBy: "rita",
  expiresAtMs: 1,
  conclusion: "pass",
  policy: "standard",
};
const requestDigest = digestOf(request);

const decision: Decision = {
  decisionId: "d-1",
  verdict: "approve",
  by: "ana",
  requestDigest,
  assurance: "signal",
  selfApproval: false,
  atMs: 5,
};

const result: ReleaseResult = {
  release: "r-1",
  outcome: "Promoted",
  message: "serves",
  model: "employment",
  version: "1.0.0",
  versionDigest,
  planDigest,
};

const history = (more: Partial<HistoryFacts> = {}): HistoryFacts => ({
  release: "r-1",
  requestedBy: "rita",
  acts: [],
  decisions: [decision],
  result,
  ...more,
});

const registry = (more: Partial<RegistryFacts> = {}): RegistryFacts => ({
  release: {
    release: "r-1",
    firstExecutionRunId: "run",
    model: "employment",
    team: "t",
    planDigest,
    trigger: "manual",
    requestedBy: "rita",
    stage: "closed",
    outcome: "Promoted",
    version: "1.0.0",
    startedAtMs: 0,
  },
  version: {
    model: "employment",
    version: "1.0.0",
    digest: versionDigest,
    release: "r-1",
    planDigest,
    datasets: {},
    trainedFrom: { job: "train", attempts: 1 },
    cardDigest: digestOf("card"),
    createdAtMs: 0,
    number: 1,
    change: "retrain",
  },
  decisions: [decision],
  approvals: [{ request, requestDigest, decisions: [decision] }],
  acts: [],
  ...more,
});

describe("an audit", () => {
  test("finds nothing where history and registry tell the same story", () => {
    expect(disagreements(history(), registry())).toEqual([]);
  });

  test("finds another outcome", () => {
    expect(disagreements(history({ result: { ...result, outcome: "RolledBack" } }), registry())).toEqual([
      "the outcome: the history says RolledBack, the registry says Promoted",
    ]);
  });

  test("finds a registry that says a release ended while its history goes on", () => {
    const { result: _, ...open } = history();
    expect(disagreements(open, registry())[0]).toMatch(/outcome: the history says nothing/u);
  });

  test("finds files that are not those of the promoted version", () => {
    const other = { ...result, versionDigest: digestOf("other") };
    expect(disagreements(history({ result: other }), registry())[0]).toContain("the version's digest");
  });

  test("finds a decision that was written into the registry alone, and one that is missing there", () => {
    expect(disagreements(history({ decisions: [] }), registry())[0]).toContain("only the registry has it");
    expect(disagreements(history(), registry({ decisions: [] }))[0]).toContain("only the history has it");
  });

  test("finds a decision whose person was changed", () => {
    const [found] = disagreements(history(), registry({ decisions: [{ ...decision, by: "mallory" }] }));
    expect(found).toMatch(/approve by ana .* approve by mallory/u);
  });

  test("finds a request whose content was changed after it was decided on", () => {
    const changed = { ...request, version: "6.6.6" };
    const approvals = [{ request: changed, requestDigest, decisions: [decision] }];
    expect(disagreements(history(), registry({ approvals }))[0]).toContain("its content has the digest");
  });

  test("finds a decision that is bound to no request of the release", () => {
    expect(disagreements(history(), registry({ approvals: [] }))[0]).toContain("which no request of this release has");
  });
});
