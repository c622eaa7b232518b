import { digestOf } from "../../src/digest.ts";
import type { JobSpec } from "../../src/domain/job.ts";
import type { Digest } from "../../src/domain/json.ts";
import type { ReleasePlan } from "../../src/domain/plan.ts";
import type { ApprovalRequest, Decision } from "../../src/domain/release.ts";
import type { TrafficState } from "../../src/domain/traffic.ts";
import type { GateReport } from "../../src/domain/verdict.ts";
import type { Database } from "../../src/registry/database.ts";
import { openRelease, type ReleaseOpening } from "../../src/registry/releases.ts";
import { registerVersion, type VersionRegistration } from "../../src/registry/versions.ts";
import type { ServerHandle, ServerSpec } from "../../src/serving/server.ts";

/** The digest of any name: different names, different digests. */
export function someDigest(name: string): Digest {
  return digestOf({ name });
}

function aJob(name: string): JobSpec {
  return {
    name,
    command: ["python", `${name}.py`],
    env: {},
    parameters: { rounds: 60 },
    inputs: [],
    resources: { cpus: 1, gpus: 0 },
    priority: 0,
    seed: 7,
    budgets: { preemption: 0, infra: 0, user: 0 },
    graceMs: 1_000,
  };
}

export function aPlan(changes: Partial<ReleasePlan> = {}): ReleasePlan {
  return {
    pipeline: "employment",
    model: "employment",
    team: "statistics",
    risk: "low",
    specDigest: someDigest("spec"),
    datasets: [],
    prepare: [],
    train: aJob("train"),
    evaluate: { job: aJob("evaluate"), dataset: "holdout", gates: [] },
    serve: { command: ["python", "serve.py"], env: {}, readyPath: "/ready", startTimeoutMs: 1_000 },
    approval: {
      requiredApprovals: 1,
      minAssurance: "signal",
      expiresAfterMs: 1_000,
      allowSelfApproval: false,
      requireReason: false,
    },
    rollouts: [],
    ...changes,
  };
}

export function anOpening(release: string, changes: Partial<ReleaseOpening> = {}): ReleaseOpening {
  const plan = changes.plan ?? aPlan(changes.model === undefined ? {} : { model: changes.model });
  return {
    release,
    firstExecutionRunId: `run-of-${release}`,
    model: plan.model,
    team: plan.team,
    plan,
    planDigest: digestOf(plan),
    trigger: "manual",
    requestedBy: "ana",
    ...changes,
  };
}

export function aVersion(release: string, changes: Partial<VersionRegistration> = {}): VersionRegistration {
  return {
    model: "employment",
    digest: someDigest(`model of ${release}`),
    release,
    planDigest: digestOf(aPlan()),
    datasets: { train: someDigest("train") },
    trainedFrom: { job: "train", attempts: 1 },
    cardDigest: someDigest(`card of ${release}`),
    change: "retrain",
    createdAtMs: 1_700_000_000_000,
    ...changes,
  };
}

/** Opens a release and registers the version it made; returns the version's number. */
export async function releasedVersion(db: Database, release: string): Promise<string> {
  await openRelease(db, anOpening(release));
  return (await registerVersion(db, aVersion(release))).version;
}

export function aReport(changes: Partial<GateReport> = {}): GateReport {
  return {
    conclusion: "pass",
    verdicts: [{ name: "floor", status: "Successful", message: "0.8 is above 0.75", observed: 0.8, action: "pass" }],
    candidate: someDigest("candidate"),
    dataset: someDigest("holdout"),
    engine: "slipway 0",
    ...changes,
  };
}

export function aRequest(release: string, changes: Partial<ApprovalRequest> = {}): ApprovalRequest {
  return {
    release,
    round: 1,
    model: "employment",
    version: "1.0.0",
    versionDigest: someDigest("version"),
    reportDigest: someDigest("report"),
    planDigest: digestOf(aPlan()),
    datasetDigests: [],
    environment: "production",
    requestedBy: "ana",
    expiresAtMs: 1_800_000_000_000,
    conclusion: "pass",
    policy: "standard",
    ...changes,
  };
}

export function aDecision(changes: Partial<Decision> = {}): Decision {
  return {
    decisionId: "decision-1",
    verdict: "approve",
    by: "bo",
    requestDigest: someDigest("request"),
    assurance: "signal",
    selfApproval: false,
    atMs: 1_700_000_000_000,
    ...changes,
  };
}

export function aTraffic(changes: Partial<TrafficState> = {}): TrafficState {
  return {
    environment: "production",
    endpoint: "employment",
    generation: 0,
    candidatePercent: 0,
    mirrorPercent: 0,
    stage: 0,
    timeoutMs: 2_000,
    ...changes,
  };
}

export function aServer(version: string): {
  readonly environment: string;
  readonly endpoint: string;
  readonly version: string;
  readonly spec: ServerSpec;
  readonly handle: ServerHandle;
} {
  const place = { environment: "production", endpoint: "employment" };
  const spec: ServerSpec = {
    ...place,
    modelVersion: version,
    model: someDigest(`model ${version}`),
    command: ["python", "serve.py"],
    env: {},
    readyPath: "/ready",
    startTimeoutMs: 1_000,
  };
  return { ...place, version, spec, handle: { backend: "local", name: `server-${version}`, uid: `uid-${version}` } };
}
