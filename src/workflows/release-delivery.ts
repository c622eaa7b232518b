import { ParentClosePolicy, executeChild, workflowInfo } from "@temporalio/workflow";
import type { PackagedVersion } from "../activities/package-model.ts";
import { rolloutWorkflowId } from "../domain/messages.ts";
import { lengthy, quick } from "./activities.ts";
import type { Approved, Ending, Evaluated, ReleaseDesk, Trained } from "./release-desk.ts";
import { enter } from "./release-state.ts";
import type { RolloutResult } from "./roll-out.ts";
import { rollOut } from "./roll-out.ts";
import { describeApproval, describeStage, publish } from "./stage.ts";

/** Makes the version once, however often it is evaluated. */
export async function packageModel(
  { brief, state }: ReleaseDesk,
  trained: Trained,
  evaluated: Evaluated,
): Promise<PackagedVersion> {
  if (state.version !== undefined) return state.version;
  // Over in a moment: the status shows it, the lists need not.
  state.stage = "packaging";
  describeStage("packaging", "writing the manifest and the model card");
  state.version = await lengthy(brief.heartbeatTimeoutMs, "package the model").packageModel({
    planDigest: brief.planDigest,
    model: trained.model,
    datasets: trained.inputs,
    reportDigest: evaluated.reportDigest,
    attempts: trained.attempts,
  });
  return state.version;
}

export async function approve(
  { brief, state, desk }: ReleaseDesk,
  version: PackagedVersion,
  evaluated: Evaluated,
  round: number,
): Promise<Approved | Ending> {
  const opened = await quick.openApproval({
    planDigest: brief.planDigest,
    round,
    version,
    reportDigest: evaluated.reportDigest,
    conclusion: evaluated.conclusion === "pass" ? "pass" : "requireApproval",
    requestedBy: brief.requestedBy,
    ...(evaluated.champion === undefined ? {} : { championDigest: evaluated.champion.digest }),
  });
  const { requestDigest, request } = opened;
  const what = `${brief.model} ${version.version} for ${request.environment}: ${evaluated.message}`;
  state.stage = "awaiting approval";
  state.awaiting = `approval of ${what}`;
  describeApproval(what, requestDigest);
  publish({ stage: "awaiting approval", awaiting: "approval", version: version.version });
  const { state: ended, decided } = await desk.decide({ ...opened, policy: brief.approval, decisions: [] });
  state.awaiting = undefined;
  const { decisions } = decided;
  const recorded = await quick.recordDecisions({ round, requestDigest, decisions, state: ended });
  switch (ended) {
    case "Approved":
      return { version, requestDigest, evaluated };
    case "Rejected":
    case "Expired":
      return { outcome: ended, message: recorded.message };
  }
}

/** Environment after environment, each in a child workflow that always sends the last word on traffic. */
export async function roll({ brief, state }: ReleaseDesk, approved: Approved, round: number): Promise<RolloutResult> {
  const { version, requestDigest, evaluated } = approved;
  let last: RolloutResult = { outcome: "RolledBack", message: "the plan names no environment" };
  for (const { environment, endpoint, steps, pauseTimeoutMs } of brief.rollouts) {
    enter(state, "rolling out", `to ${endpoint} in ${environment}`, { environment, awaiting: null });
    const workflowId = rolloutWorkflowId(workflowInfo().workflowId, environment, round);
    const { planDigest, heartbeatTimeoutMs, model } = brief;
    const place = { environment, endpoint, steps, pauseTimeoutMs };
    const champion = evaluated.champion === undefined ? {} : { champion: evaluated.champion };
    state.rolloutId = workflowId;
    state.rollout = {
      environment,
      endpoint,
      phase: "Progressing",
      step: 0,
      steps,
      message: "its own status says more",
    };
    last = await executeChild(rollOut, {
      workflowId,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: `${model} ${version.version} to ${environment}`,
      args: [{ planDigest, requestDigest, ...place, heartbeatTimeoutMs, model, version: version.version, ...champion }],
    });
    state.rolloutId = undefined;
    if (last.outcome !== "Promoted") return last;
  }
  return last;
}
