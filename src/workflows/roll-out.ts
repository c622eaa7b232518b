import {
  CancellationScope,
  condition,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";
import type { ChampionRef } from "../domain/brief.ts";
import type { Digest } from "../domain/json.ts";
import { messageOf } from "../domain/errors.ts";
import type { StageResult } from "../rollout/rollout.ts";
import { afterStage, begin, calledOff, isComplete, isOver, promoted } from "../rollout/rollout.ts";
import { lengthy, quick } from "./activities.ts";
import { grantedSignal } from "./messages.ts";
import type { RolloutDesk } from "./rollout-desk.ts";
import { openRolloutDesk } from "./rollout-desk.ts";

export interface RolloutInput {
  readonly planDigest: Digest;
  readonly requestDigest: Digest;
  readonly environment: string;
  readonly endpoint: string;
  readonly steps: number;
  readonly pauseTimeoutMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly model: string;
  readonly version: string;
  /** The champion that the candidate was evaluated against; absent for a first version. */
  readonly champion?: ChampionRef;
}

export interface RolloutResult {
  readonly outcome: "Promoted" | "RolledBack" | "Aborted" | "BaselineChanged";
  readonly message: string;
}

/**
 * Moves one environment's traffic to the candidate, stage by stage, and always sends the last word on traffic:
 * promoted, or back at the champion and verified there. Waits its turn at the endpoint first.
 */
export async function rollOut(input: RolloutInput): Promise<RolloutResult> {
  const release = workflowInfo().parent?.workflowId ?? workflowInfo().workflowId;
  const key = { ...input, release, rollout: workflowInfo().workflowId };
  let granted = false;
  setHandler(grantedSignal, () => {
    granted = true;
  });
  const desk = openRolloutDesk(input, begin(input.steps));
  let result: RolloutResult | undefined;
  try {
    await quick.requestEndpoint(key);
    await condition(() => granted);
    const deployed = await lengthy(input.heartbeatTimeoutMs, `start ${input.version}`).deployCandidate(key);
    switch (deployed.kind) {
      case "baselineChanged":
        result = { outcome: "BaselineChanged", message: deployed.message };
        break;
      case "unhealthy":
        desk.move(calledOff(desk.rollout, deployed.message));
        break;
      case "noBaseline":
        desk.move({
          ...desk.rollout,
          step: desk.rollout.steps,
          unproven: "noBaseline: the first version of this endpoint",
        });
        break;
      case "ready":
        await throughStages(key, desk);
    }
  } catch (error) {
    if (!isCancellation(error)) desk.move(calledOff(desk.rollout, messageOf(error)));
    else result = { outcome: "Aborted", message: "aborted; traffic is back at the champion" };
  }
  return CancellationScope.nonCancellable(() => conclude(key, desk, result));
}

type Key = RolloutInput & { readonly release: string; readonly rollout: string };

async function throughStages(key: Key, desk: RolloutDesk): Promise<void> {
  for (let watched = 1; !isOver(desk.rollout) && !isComplete(desk.rollout); watched += 1) {
    const { rollout } = desk;
    setCurrentDetails(`**${rollout.phase}** — stage ${rollout.step + 1} of ${rollout.steps} ${rollout.message}`);
    const result = await watch(key, desk, watched);
    // Undefined: a person's action ended the watch and has already moved the roll-out.
    if (result !== undefined) desk.move(afterStage(desk.rollout, result));
  }
}

/** One activity that sets the stage's traffic, waits and analyses; a person's action cuts it short. */
async function watch(key: Key, desk: RolloutDesk, watched: number): Promise<StageResult | undefined> {
  const { rollout } = desk;
  const scope = new CancellationScope();
  const held = rollout.phase === "Paused";
  desk.onAction(() => scope.cancel());
  try {
    return await scope.run(async () => {
      const watching = lengthy(key.heartbeatTimeoutMs, `stage ${rollout.step + 1}${held ? ", held" : ""}`).watchStage({
        release: key.release,
        rollout: key.rollout,
        planDigest: key.planDigest,
        environment: key.environment,
        step: rollout.step,
        watched,
        proven: rollout.proven,
        held,
        ...(held ? { heldForMs: key.pauseTimeoutMs } : {}),
      });
      return watching;
    });
  } catch (error) {
    if (isCancellation(error) && scope.consideredCancelled && !CancellationScope.current().consideredCancelled)
      return undefined;
    throw error;
  } finally {
    desk.onAction(undefined);
  }
}

/** Sends the last word on traffic, verifies it and gives the endpoint back. */
async function conclude(key: Key, desk: RolloutDesk, early: RolloutResult | undefined): Promise<RolloutResult> {
  const activities = lengthy(key.heartbeatTimeoutMs, "last word on traffic");
  if (early === undefined && isComplete(desk.rollout)) {
    const { unproven } = desk.rollout;
    const moved = await activities.promoteCandidate({ ...key, ...(unproven === undefined ? {} : { unproven }) });
    if (moved.kind === "promoted") {
      desk.move(promoted(desk.rollout));
      return { outcome: "Promoted", message: moved.message };
    }
    desk.move(calledOff(desk.rollout, moved.message));
  }
  const ended = early ?? { outcome: "RolledBack" as const, message: desk.rollout.message };
  desk.move(calledOff(desk.rollout, ended.message));
  await activities.rollBack({ ...key, message: ended.message, outcome: ended.outcome });
  return ended;
}
