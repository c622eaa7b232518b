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
import type { ReleaseResult } from "../domain/release.ts";
import { handleActions } from "./action-handlers.ts";
import { lengthy, quick } from "./activities.ts";
import { openApprovalDesk } from "./approval-desk.ts";
import type { Refusals } from "./refusals.ts";
import { keepRefusals } from "./refusals.ts";
import { approve, packageModel, roll } from "./release-delivery.ts";
import type { Ending, ReleaseDesk } from "./release-desk.ts";
import { evaluate } from "./release-evaluation.ts";
import { prepare, train, validateData } from "./release-jobs.ts";
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
  const body = new CancellationScope();
  let aborted: string | undefined;
  handleActions({
    refusals,
    rollout: () => state.rolloutId,
    onAbort(by, reason) {
      aborted ??= `aborted by ${by}${reason === undefined ? "" : `: ${reason}`}`;
      body.cancel();
    },
  });

  const brief = await plan(args, state);
  const release: ReleaseDesk = { brief, state, desk };
  const ending = await body
    .run(() => stages(release))
    .catch((error: unknown): Ending => {
      if (!isCancellation(error)) throw error;
      return { outcome: "Aborted", message: aborted ?? "cancelled" };
    });
  return CancellationScope.nonCancellable(() => close(release, ending, refusals));
}

/** The diagram, line by line. */
async function stages(release: ReleaseDesk): Promise<Ending> {
  const data = await validateData(release);
  if ("outcome" in data) return data;
  const prepared = await prepare(release, data);
  if ("outcome" in prepared) return prepared;
  const trained = await train(release, prepared);
  if ("outcome" in trained) return trained;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const evaluated = await evaluate(release, trained, round);
    if ("outcome" in evaluated) return evaluated;
    const version = await packageModel(release, trained, evaluated);
    const approved = await approve(release, version, evaluated, round);
    if ("outcome" in approved) return approved;
    const { outcome, message } = await roll(release, approved, round);
    if (outcome !== "BaselineChanged") return { outcome, message };
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

async function close({ brief, state }: ReleaseDesk, ending: Ending, refusals: Refusals): Promise<ReleaseResult> {
  const { outcome, message } = ending;
  const { planDigest, model } = brief;
  state.outcome = outcome;
  state.message = message;
  state.awaiting = undefined;
  state.rolloutId = undefined;
  enter(state, "closed", `${outcome}: ${message}`, { outcome, awaiting: null });
  await condition(allHandlersFinished);
  const { version } = state;
  await lengthy(brief.heartbeatTimeoutMs, "record the outcome").closeRelease({
    planDigest,
    outcome,
    message,
    ...(version === undefined ? {} : { version: version.version }),
    refusals: refusals.last,
    refusalCount: refusals.count,
  });
  const packaged = version === undefined ? {} : { version: version.version, versionDigest: version.digest };
  return { release: workflowInfo().workflowId, outcome, message, model, ...packaged, planDigest };
}
