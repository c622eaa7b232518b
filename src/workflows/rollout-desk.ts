import { getExternalWorkflowHandle, setHandler, workflowInfo } from "@temporalio/workflow";
import type { ActionMessage } from "../domain/messages.ts";
import type { Refusal, RolloutStatus } from "../domain/release.ts";
import type { Rollout, RolloutAction } from "../rollout/rollout.ts";
import { afterAction } from "../rollout/rollout.ts";
import { readAction } from "./action-handlers.ts";
import { pauseSignal, promoteSignal, resumeSignal, rolloutNewsSignal, rolloutStatusQuery } from "./messages.ts";
import type { Refusals } from "./refusals.ts";
import { keepRefusals } from "./refusals.ts";

/** Holds the roll-out's state, takes people's actions and tells the release what people must see there. */
export interface RolloutDesk {
  readonly rollout: Rollout;
  move(next: Rollout): void;
  /** What to do when an action has moved the roll-out: cut the present watch short. */
  onAction(cut: (() => void) | undefined): void;
}

export function openRolloutDesk(where: Place, start: Rollout): RolloutDesk {
  const desk: Desk = { where, rollout: start, cut: undefined, refusals: keepRefusals() };
  for (const [name, signal] of Object.entries(ACTIONS)) {
    setHandler(signal, (...args) => take(desk, name as keyof typeof ACTIONS, args));
  }
  setHandler(rolloutStatusQuery, () => ({ ...statusOf(desk), refusals: desk.refusals.last }));
  return {
    get rollout() {
      return desk.rollout;
    },
    move: (next) => move(desk, next),
    onAction(next) {
      desk.cut = next;
    },
  };
}

const ACTIONS = { pause: pauseSignal, resume: resumeSignal, promote: promoteSignal } as const;

interface Place {
  readonly environment: string;
  readonly endpoint: string;
}

interface Desk {
  readonly where: Place;
  rollout: Rollout;
  cut: (() => void) | undefined;
  readonly refusals: Refusals;
}

function statusOf({ where, rollout }: Desk): RolloutStatus {
  const { phase, step, steps, message } = rollout;
  return { environment: where.environment, endpoint: where.endpoint, phase, step, steps, message };
}

function move(desk: Desk, next: Rollout): void {
  const before = desk.rollout;
  desk.rollout = next;
  if (before.phase !== next.phase && (before.phase === "Paused" || next.phase === "Paused")) void tell(desk);
}

/** Tells the release what a person must act on or learn of, and nothing else: the happy path costs it no event. */
async function tell(desk: Desk, refusal?: Refusal): Promise<void> {
  const { parent } = workflowInfo();
  if (parent === undefined) return;
  const news = { status: statusOf(desk), ...(refusal === undefined ? {} : { refusal }) };
  try {
    await getExternalWorkflowHandle(parent.workflowId).signal(rolloutNewsSignal, news);
  } catch {
    // The release has closed: there is nobody left to tell, and the roll-out's own status still says it.
  }
}

async function take(desk: Desk, name: keyof typeof ACTIONS, args: readonly unknown[]): Promise<void> {
  const read = readAction(args);
  const reason = typeof read === "string" ? read : act(desk, name, read);
  if (reason === undefined) return;
  const code = typeof read === "string" ? "malformed" : read.expectedStep === undefined ? "not-open" : "unknown-step";
  const by = typeof read === "string" || read.by === undefined ? {} : { by: read.by };
  const refusal = { message: name, code, reason, atMs: Date.now(), ...by };
  desk.refusals.add(refusal);
  await tell(desk, refusal);
}

/** Moves the roll-out as the action says, or says why it means nothing now. */
function act(desk: Desk, name: keyof typeof ACTIONS, message: ActionMessage): string | undefined {
  const { expectedStep, full, by = "someone" } = message;
  const { rollout } = desk;
  if (expectedStep !== undefined && expectedStep !== rollout.step) {
    return `meant for step ${expectedStep}, but the roll-out is at step ${rollout.step}`;
  }
  const action: RolloutAction = name === "promote" && full === true ? "promoteFull" : name;
  const next = afterAction(rollout, action, by);
  if (next === undefined) return `${name} means nothing while the roll-out is ${rollout.phase}`;
  move(desk, next);
  desk.cut?.();
  return undefined;
}
