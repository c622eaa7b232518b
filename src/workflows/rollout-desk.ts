import { getExternalWorkflowHandle, setHandler, workflowInfo } from "@temporalio/workflow";
import type { ActionMessage } from "../domain/messages.ts";
import type { Refusal, RolloutStatus } from "../domain/release.ts";
import type { Rollout, RolloutAction } from "../rollout/rollout.ts";
import { afterAction } from "../rollout/rollout.ts";
import { readAction } from "./action-handlers.ts";
import { pauseSignal, promoteSignal, resumeSignal, rolloutNewsSignal, rolloutStatusQuery } from "./messages.ts";
import { keepRefusals } from "./refusals.ts";

/** Holds the roll-out's state, takes people's actions and tells the release what people must see there. */
export interface RolloutDesk {
  readonly rollout: Rollout;
  move(next: Rollout): void;
  /** What to do when an action has moved the roll-out: cut the present watch short. */
  onAction(cut: (() => void) | undefined): void;
}

export function openRolloutDesk(
  where: { readonly environment: string; readonly endpoint: string },
  start: Rollout,
): RolloutDesk {
  let rollout = start;
  let cut: (() => void) | undefined;
  const refusals = keepRefusals();

  const status = (): RolloutStatus => ({
    environment: where.environment,
    endpoint: where.endpoint,
    phase: rollout.phase,
    step: rollout.step,
    steps: rollout.steps,
    message: rollout.message,
  });

  /** Only what a person must act on or learn of: the happy path costs the release no event. */
  async function tell(refusal?: Refusal): Promise<void> {
    const { parent } = workflowInfo();
    if (parent === undefined) return;
    const news = { status: status(), ...(refusal === undefined ? {} : { refusal }) };
    try {
      await getExternalWorkflowHandle(parent.workflowId).signal(rolloutNewsSignal, news);
    } catch {
      // The release has closed: there is nobody left to tell, and the roll-out's own status still says it.
    }
  }

  function move(next: Rollout): void {
    const before = rollout;
    rollout = next;
    if (before.phase !== next.phase && (before.phase === "Paused" || next.phase === "Paused")) void tell();
  }

  function act(name: "pause" | "resume" | "promote", message: ActionMessage): string | undefined {
    const { expectedStep, full, by = "someone" } = message;
    if (expectedStep !== undefined && expectedStep !== rollout.step) {
      return `meant for step ${expectedStep}, but the roll-out is at step ${rollout.step}`;
    }
    const action: RolloutAction = name === "promote" && full === true ? "promoteFull" : name;
    const next = afterAction(rollout, action, by);
    if (next === undefined) return `${name} means nothing while the roll-out is ${rollout.phase}`;
    move(next);
    cut?.();
    return undefined;
  }

  for (const [name, signal] of [
    ["pause", pauseSignal],
    ["resume", resumeSignal],
    ["promote", promoteSignal],
  ] as const) {
    setHandler(signal, async (...args) => {
      const read = readAction(args);
      const why = typeof read === "string" ? read : act(name, read);
      if (why === undefined) return;
      const code =
        typeof read === "string" ? "malformed" : read.expectedStep === undefined ? "not-open" : "unknown-step";
      const refusal = { message: name, code, reason: why, atMs: Date.now() };
      refusals.add(refusal);
      await tell(refusal);
    });
  }
  setHandler(rolloutStatusQuery, () => ({ ...status(), refusals: refusals.last }));

  return {
    get rollout() {
      return rollout;
    },
    move,
    onAction(next) {
      cut = next;
    },
  };
}
