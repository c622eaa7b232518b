import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  allHandlersFinished,
  condition,
  isCancellation,
  workflowInfo,
} from "@temporalio/workflow";
import type { ReleaseBrief } from "../domain/brief.ts";
import type { ReleaseOutcome, ReleaseResult } from "../domain/release.ts";
import { handleActions } from "./action-handlers.ts";
import { lengthy, quick } from "./activities.ts";
import { openApprovalDesk } from "./approval-desk.ts";
import type { Refusals } from "./refusals.ts";
import { keepRefusals } from "./refusals.ts";
import type { Ending, ReleaseDesk } from "./release-stages.ts";
import { approve, evaluate, packageModel, prepare, roll, train, validateData } from "./release-stages.ts";
import type { ReleaseState } from "./release-state.ts";
import { enter, openState } from "./release-state.ts";

/** How often one release may meet a champion that changed meanwhile before it gives up. */
const MAX_ROUNDS = 5;

/**
 * One release: plan → validate data → prepare → train → evaluate → package → approval → roll-out → promoted.
 * Business outcomes complete the workflow; only invalid input and faults of the system fail it.
 */
export async function releaseModel(...args: unknown[]): Promise<ReleaseResult> {
  const refusals = keepRefusals();
  const desk = openApprovalDesk(refusals);
  const state = openState(desk, refusals);
  const release: ReleaseDesk = { state, desk, rolloutId: undefined };
  const body = new CancellationScope();
  let aborted: string | undefined;
  handleActions({
    refusals,
    rollout: () => release.rolloutId,
    onAbort(by, reason) {
      aborted ??= `aborted by ${by}${reason === undefined ? "" : `: ${reason}`}`;
      body.cancel();
    },
  });

  const brief = await plan(args, state);
  const ending = await body
    .run(() => stages(release, brief))
    .catch((error: unknown): Ending => {
      if (!isCancellation(error)) throw error;
      return { outcome: "Aborted", message: aborted ?? "cancelled" };
    });
  return CancellationScope.nonCancellable(() => close(release, brief, ending, refusals));
}

/** The diagram, line by line. */
async function stages(release: ReleaseDesk, brief: ReleaseBrief): Promise<Ending> {
  const data = await validateData(release, brief);
  if ("outcome" in data) return data;
  const prepared = await prepare(release, brief, data);
  if ("outcome" in prepared) return prepared;
  const trained = await train(release, brief, prepared);
  if ("outcome" in trained) return trained;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const evaluated = await evaluate(release, brief, trained, round);
    if ("outcome" in evaluated) return evaluated;
    const version = await packageModel(release, brief, trained, evaluated);
    const approved = await approve(release, brief, version, evaluated, round);
    if ("outcome" in approved) return approved;
    const rolled = await roll(release, brief, version, evaluated, approved, round);
    if (rolled.outcome !== "BaselineChanged") return { outcome: rolled.outcome, message: rolled.message };
  }
  return { outcome: "Superseded", message: `the champion changed ${MAX_ROUNDS} times while this release waited` };
}

async function plan(args: readonly unknown[], state: ReleaseState): Promise<ReleaseBrief> {
  try {
    const brief = await quick.planRelease({ input: args[0] ?? null });
    state.brief = brief;
    return brief;
  } catch (error) {
    // The caller sees the list of problems itself, not that an activity had them.
    if (error instanceof ActivityFailure && error.cause instanceof ApplicationFailure) throw error.cause;
    throw error;
  }
}

async function close(
  release: ReleaseDesk,
  brief: ReleaseBrief,
  ending: Ending,
  refusals: Refusals,
): Promise<ReleaseResult> {
  const { state } = release;
  const outcome: ReleaseOutcome = ending.outcome;
  state.outcome = outcome;
  state.message = ending.message;
  state.awaiting = undefined;
  enter(state, "closed", `${outcome}: ${ending.message}`, { outcome, awaiting: null });
  await condition(allHandlersFinished);
  const version = release.version;
  await lengthy(brief.heartbeatTimeoutMs, "record the outcome").closeRelease({
    planDigest: brief.planDigest,
    outcome,
    message: ending.message,
    ...(version === undefined ? {} : { version: version.version }),
    refusals: refusals.last,
    refusalCount: refusals.count,
  });
  return {
    release: workflowInfo().workflowId,
    outcome,
    message: ending.message,
    model: brief.model,
    ...(version === undefined ? {} : { version: version.version, versionDigest: version.digest }),
    planDigest: brief.planDigest,
  };
}
