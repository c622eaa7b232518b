import { ParentClosePolicy, executeChild, workflowInfo } from "@temporalio/workflow";
import type { AttemptRequest } from "../activities/run-attempt.ts";
import type { JudgedEvaluation } from "../activities/judge-evaluation.ts";
import type { PackagedVersion } from "../activities/package-model.ts";
import type { PinnedData } from "../activities/validate-data.ts";
import type { ChampionRef, JobBrief, ReleaseBrief } from "../domain/brief.ts";
import type { Digest } from "../domain/json.ts";
import { rolloutWorkflowId } from "../domain/messages.ts";
import type { ReleaseOutcome } from "../domain/release.ts";
import { lengthy, quick } from "./activities.ts";
import type { ApprovalDesk } from "./approval-desk.ts";
import type { ReleaseState } from "./release-state.ts";
import { enter } from "./release-state.ts";
import type { RolloutResult } from "./roll-out.ts";
import { rollOut } from "./roll-out.ts";
import { runJob } from "./run-job.ts";
import { describeApproval, publish } from "./stage.ts";

/** What the stages of one release share. */
export interface ReleaseDesk {
  readonly state: ReleaseState;
  readonly desk: ApprovalDesk;
  rolloutId: string | undefined;
  version?: PackagedVersion;
}

/** A release ends here, and why. */
export interface Ending {
  readonly outcome: ReleaseOutcome;
  readonly message: string;
}

/** Files that later jobs may ask for by name. */
type Inputs = Readonly<Record<string, Digest>>;

interface Trained {
  readonly model: Digest;
  readonly inputs: Inputs;
  readonly attempts: number;
}

interface Evaluated extends JudgedEvaluation {
  readonly champion?: ChampionRef;
}

export async function validateData(release: ReleaseDesk, brief: ReleaseBrief): Promise<PinnedData | Ending> {
  enter(release.state, "validating data", "pinning the data sets and checking their contracts", {
    model: brief.model,
    pipeline: brief.pipeline,
    team: brief.team,
    trigger: brief.trigger,
  });
  const data = await lengthy(brief.heartbeatTimeoutMs, "pin and check the data").validateData({
    planDigest: brief.planDigest,
  });
  return data.passed ? data : { outcome: "GateFailed", message: data.message };
}

export async function prepare(
  release: ReleaseDesk,
  brief: ReleaseBrief,
  data: PinnedData,
): Promise<{ inputs: Inputs } | Ending> {
  let inputs: Inputs = data.snapshots;
  for (const [index, job] of brief.prepare.entries()) {
    if (index === 0) enter(release.state, "preparing", `running ${brief.prepare.length} preparation jobs`);
    const ran = await runOne(release, brief, job, `prepare/${job.name}`, { kind: "prepare", index }, inputs);
    if ("outcome" in ran) return ran;
    inputs = { ...inputs, [job.name]: ran.output };
  }
  return { inputs };
}

export async function train(
  release: ReleaseDesk,
  brief: ReleaseBrief,
  prepared: { inputs: Inputs },
): Promise<Trained | Ending> {
  enter(release.state, "training", "the training job runs; progress is in its pending activity");
  const ran = await runOne(release, brief, brief.train, "train", { kind: "train" }, prepared.inputs);
  if ("outcome" in ran) return ran;
  return { model: ran.output, inputs: prepared.inputs, attempts: ran.attempts };
}

/** Candidate and champion, with their own scripts, on the same rows; then the gates. */
export async function evaluate(
  release: ReleaseDesk,
  brief: ReleaseBrief,
  trained: Trained,
  round: number,
): Promise<Evaluated | Ending> {
  enter(release.state, "evaluating", "candidate and champion predict the same rows");
  const [environment] = brief.rollouts;
  const data = trained.inputs[brief.evaluationDataset];
  if (environment === undefined || data === undefined)
    throw new Error("a plan names an environment and an evaluation data set");
  const suffix = round === 1 ? "" : `/${round}`;
  const request = { planDigest: brief.planDigest };
  const common = {
    brief: brief.evaluate,
    heartbeatTimeoutMs: brief.heartbeatTimeoutMs,
    attempts: release.state.attempts,
  };
  const [candidate, champion] = await Promise.all([
    runJob({
      ...common,
      request: {
        ...request,
        job: `evaluate/candidate${suffix}`,
        role: { kind: "evaluate" },
        inputs: [
          { name: "model", digest: trained.model },
          { name: "data", digest: data },
        ],
      },
    }),
    runJob({
      ...common,
      request: {
        ...request,
        job: `evaluate/champion${suffix}`,
        role: { kind: "evaluateChampion", model: brief.model, environment: environment.environment },
        inputs: [{ name: "data", digest: data }],
      },
    }),
  ]);
  for (const [who, { outcome }] of [
    ["candidate", candidate],
    ["champion", champion],
  ] as const) {
    if (outcome?.status === "failed") {
      return {
        outcome: "JobFailed",
        message: `evaluation of the ${who} failed (${outcome.failureClass}): ${outcome.message}`,
      };
    }
  }
  if (candidate.outcome?.status !== "succeeded") throw new Error("the candidate's evaluation always runs");
  const judged = await lengthy(brief.heartbeatTimeoutMs, "judge the gates").judgeEvaluation({
    planDigest: brief.planDigest,
    round,
    model: trained.model,
    dataset: data,
    candidatePredictions: candidate.outcome.output,
    ...(champion.champion !== undefined && champion.outcome?.status === "succeeded"
      ? { champion: champion.champion, championPredictions: champion.outcome.output }
      : {}),
  });
  if (judged.conclusion === "block") return { outcome: "GateFailed", message: judged.message };
  return { ...judged, ...(champion.champion === undefined ? {} : { champion: champion.champion }) };
}

export async function packageModel(
  release: ReleaseDesk,
  brief: ReleaseBrief,
  trained: Trained,
  evaluated: Evaluated,
): Promise<PackagedVersion> {
  if (release.version !== undefined) return release.version;
  enter(release.state, "packaging", "writing the manifest and the model card");
  const version = await lengthy(brief.heartbeatTimeoutMs, "package the model").packageModel({
    planDigest: brief.planDigest,
    model: trained.model,
    datasets: trained.inputs,
    reportDigest: evaluated.reportDigest,
    attempts: trained.attempts,
  });
  release.version = version;
  release.state.version = version.version;
  return version;
}

export async function approve(
  release: ReleaseDesk,
  brief: ReleaseBrief,
  version: PackagedVersion,
  evaluated: Evaluated,
  round: number,
): Promise<{ requestDigest: Digest } | Ending> {
  const opened = await quick.openApproval({
    planDigest: brief.planDigest,
    round,
    version,
    reportDigest: evaluated.reportDigest,
    conclusion: evaluated.conclusion === "pass" ? "pass" : "requireApproval",
    requestedBy: brief.requestedBy,
    ...(evaluated.champion === undefined ? {} : { championDigest: evaluated.champion.digest }),
  });
  const what = `${brief.model} ${version.version} for ${opened.request.environment}: ${evaluated.message}`;
  release.state.stage = "awaiting approval";
  release.state.awaiting = `approval of ${what}`;
  describeApproval(what, opened.requestDigest);
  publish({ stage: "awaiting approval", awaiting: "approval", version: version.version });
  const { state, decided } = await release.desk.decide({ ...opened, policy: brief.approval, decisions: [] });
  release.state.awaiting = undefined;
  const recorded = await quick.recordDecisions({
    round,
    requestDigest: opened.requestDigest,
    decisions: decided.decisions,
    state,
  });
  switch (state) {
    case "Approved":
      return { requestDigest: opened.requestDigest };
    case "Rejected":
      return { outcome: "Rejected", message: recorded.message };
    case "Expired":
      return { outcome: "Expired", message: recorded.message };
  }
}

export async function roll(
  release: ReleaseDesk,
  brief: ReleaseBrief,
  version: PackagedVersion,
  evaluated: Evaluated,
  approved: { requestDigest: Digest },
  round: number,
): Promise<RolloutResult> {
  let last: RolloutResult = { outcome: "Promoted", message: "nothing to roll out" };
  for (const { environment, endpoint, steps, pauseTimeoutMs } of brief.rollouts) {
    enter(release.state, "rolling out", `to ${endpoint} in ${environment}`, { environment, awaiting: null });
    const workflowId = rolloutWorkflowId(workflowInfo().workflowId, environment, round);
    release.rolloutId = workflowId;
    last = await executeChild(rollOut, {
      workflowId,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: `${brief.model} ${version.version} to ${environment}`,
      args: [
        {
          planDigest: brief.planDigest,
          requestDigest: approved.requestDigest,
          environment,
          endpoint,
          steps,
          pauseTimeoutMs,
          heartbeatTimeoutMs: brief.heartbeatTimeoutMs,
          model: brief.model,
          version: version.version,
          ...(evaluated.champion === undefined ? {} : { champion: evaluated.champion }),
        },
      ],
    });
    release.rolloutId = undefined;
    if (last.outcome !== "Promoted") return last;
  }
  return last;
}

async function runOne(
  release: ReleaseDesk,
  brief: ReleaseBrief,
  job: JobBrief,
  name: string,
  role: AttemptRequest["role"],
  available: Inputs,
): Promise<{ output: Digest; attempts: number } | Ending> {
  const inputs = job.inputs.flatMap((input) => {
    const digest = available[input];
    return digest === undefined ? [] : [{ name: input, digest }];
  });
  const request = { planDigest: brief.planDigest, job: name, role, inputs };
  const { state } = release;
  const { outcome } = await runJob({
    brief: job,
    request,
    heartbeatTimeoutMs: brief.heartbeatTimeoutMs,
    attempts: state.attempts,
  });
  const attempts = state.attempts.filter((line) => line.job === name).length;
  if (outcome?.status === "succeeded") return { output: outcome.output, attempts };
  const why = outcome === undefined ? "nothing ran" : `(${outcome.failureClass}): ${outcome.message}`;
  return {
    outcome: "JobFailed",
    message: `${name} failed after ${attempts} attempt${attempts === 1 ? "" : "s"} ${why}`,
  };
}
