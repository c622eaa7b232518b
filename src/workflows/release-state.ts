import { setHandler, workflowInfo } from "@temporalio/workflow";
import type { PackagedVersion } from "../activities/package-model.ts";
import type { ReleaseBrief } from "../domain/brief.ts";
import type { ReleaseOutcome, ReleaseStage, ReleaseStatus, RolloutStatus } from "../domain/release.ts";
import type { ApprovalDesk } from "./approval-desk.ts";
import { rolloutNewsSignal, statusQuery } from "./messages.ts";
import type { Refusals } from "./refusals.ts";
import type { AttemptLine } from "./run-job.ts";
import type { Facts } from "./stage.ts";
import { describeStage, publish } from "./stage.ts";

/** What a release knows of itself while it runs. */
export interface ReleaseState {
  brief: ReleaseBrief | undefined;
  version: PackagedVersion | undefined;
  /** Workflow id of the roll-out in progress. */
  rolloutId: string | undefined;
  rollout: RolloutStatus | undefined;
  stage: ReleaseStage;
  awaiting: string | undefined;
  outcome: ReleaseOutcome | undefined;
  message: string | undefined;
  readonly attempts: AttemptLine[];
}

/** The state at the start, with the `status` query and the roll-out's news wired to it. */
export function openState(desk: ApprovalDesk, refusals: Refusals): ReleaseState {
  const state: ReleaseState = {
    brief: undefined,
    version: undefined,
    rolloutId: undefined,
    rollout: undefined,
    stage: "planning",
    awaiting: undefined,
    outcome: undefined,
    message: undefined,
    attempts: [],
  };
  setHandler(statusQuery, () => statusOf(state, desk, refusals), { description: "Where the release stands" });
  setHandler(rolloutNewsSignal, ({ status, refusal }) => {
    state.rollout = status;
    state.awaiting = status.phase === "Paused" ? status.message : undefined;
    if (refusal !== undefined) refusals.add(refusal);
  });
  return state;
}

/** Enters a stage and publishes it, with whatever else is worth finding it by. */
export function enter(state: ReleaseState, stage: ReleaseStage, sentence: string, facts: Facts = {}): void {
  state.stage = stage;
  describeStage(stage, sentence);
  publish({ stage, ...facts });
}

function statusOf(state: ReleaseState, desk: ApprovalDesk, refusals: Refusals): ReleaseStatus {
  const { brief, version, rollout, stage, awaiting, outcome, message } = state;
  const { open } = desk;
  return {
    release: workflowInfo().workflowId,
    stage,
    ...(brief === undefined ? {} : { model: brief.model, pipeline: brief.pipeline }),
    ...(version === undefined ? {} : { version: version.version }),
    ...(awaiting === undefined ? {} : { awaiting }),
    ...(open === undefined
      ? {}
      : { approval: { requestDigest: open.requestDigest, request: open.request, decisions: open.decisions } }),
    ...(rollout === undefined ? {} : { rollout }),
    attempts: state.attempts,
    refusals: refusals.last,
    refusalCount: refusals.count,
    ...(outcome === undefined ? {} : { outcome }),
    ...(message === undefined ? {} : { message }),
    startedAtMs: workflowInfo().startTime.getTime(),
  };
}
