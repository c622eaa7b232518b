import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";
import { parseMessage } from "../approval/message.ts";
import { readRollbackMessage } from "../approval/rollback.ts";
import { messageOf } from "../domain/errors.ts";
import type { RollbackAnswer, RollbackMessage } from "../domain/messages.ts";
import { lengthy } from "./activities.ts";
import {
  grantedSignal,
  reconcileSignal,
  releaseEndpointSignal,
  requestEndpointSignal,
  rollbackUpdate,
} from "./messages.ts";

export interface EndpointInput {
  readonly environment: string;
  readonly endpoint: string;
  readonly heartbeatTimeoutMs: number;
  /** Workflow id of the roll-out that has the endpoint, and those that wait for it, in order. */
  readonly holder?: string;
  readonly waiting?: readonly string[];
}

/** What the endpoint's handlers and its loop share. */
interface Desk {
  holder: string | undefined;
  readonly waiting: string[];
  /** Something has happened since the last look at servers and weights. */
  dirty: boolean;
  /** Roll-backs in progress: nothing is granted meanwhile. */
  busy: number;
}

const RECONCILE_EVERY_MS = 60_000;
/** Far below the server's own suggestion, so that an endpoint's history stays quick to replay. */
const MAX_HISTORY_EVENTS = 2_000;

/**
 * Owns one endpoint for ever: grants it to one roll-out at a time, in order of asking, and keeps servers and weights
 * as the registry says: at start, after faults and every minute. Rolls back to an earlier version on a person's word.
 */
export async function endpoint(input: EndpointInput): Promise<void> {
  const desk: Desk = { holder: input.holder, waiting: [...(input.waiting ?? [])], dirty: true, busy: 0 };
  handleRequests(desk, input);
  setHandler(rollbackUpdate, (...args) => rollBackTo(desk, input, args), {
    description: "Serve an earlier version again",
  });

  while (workflowInfo().historyLength < MAX_HISTORY_EVENTS) {
    if (grantable(desk)) {
      const next = desk.waiting.shift();
      if (next !== undefined && (await grant(next, input))) desk.holder = next;
    } else if (desk.dirty) {
      desk.dirty = false;
      await reconcile(desk, input);
    } else {
      setCurrentDetails(
        desk.holder === undefined ? "free" : `granted to ${desk.holder}; ${desk.waiting.length} waiting`,
      );
      const woken = await condition(() => desk.dirty || grantable(desk), RECONCILE_EVERY_MS);
      if (!woken) desk.dirty = true;
    }
  }
  await condition(allHandlersFinished);
  const { holder, waiting } = desk;
  const { environment, endpoint: name, heartbeatTimeoutMs } = input;
  await continueAsNew<typeof endpoint>({
    environment,
    endpoint: name,
    heartbeatTimeoutMs,
    ...(holder === undefined ? {} : { holder }),
    waiting,
  });
}

function grantable(desk: Desk): boolean {
  return desk.holder === undefined && desk.waiting.length > 0 && desk.busy === 0;
}

function handleRequests(desk: Desk, input: EndpointInput): void {
  setHandler(requestEndpointSignal, async ({ rollout }) => {
    // Asked again by the holder: its retry may have missed the grant.
    if (rollout === desk.holder) await grant(rollout, input);
    else if (!desk.waiting.includes(rollout)) desk.waiting.push(rollout);
  });
  setHandler(releaseEndpointSignal, ({ rollout }) => {
    if (rollout === desk.holder) desk.holder = undefined;
    const index = desk.waiting.indexOf(rollout);
    if (index >= 0) desk.waiting.splice(index, 1);
  });
  setHandler(reconcileSignal, () => {
    desk.dirty = true;
  });
}

/** A look that fails (a champion that does not start) must not end the endpoint's workflow: the next look is due soon. */
async function reconcile(
  desk: Desk,
  { environment, endpoint: name, heartbeatTimeoutMs }: EndpointInput,
): Promise<void> {
  const { holder } = desk;
  try {
    const found = await lengthy(heartbeatTimeoutMs, "reconcile").reconcileEndpoint({
      environment,
      endpoint: name,
      ...(holder === undefined ? {} : { holder }),
    });
    if (found.holderGone && desk.holder === holder) desk.holder = undefined;
  } catch (error) {
    setCurrentDetails(`**trouble** — ${messageOf(error)}`);
  }
}

/** Tells the roll-out that the endpoint is its own; false when it no longer runs. */
async function grant(rollout: string, { environment, endpoint: name }: EndpointInput): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(rollout).signal(grantedSignal, { environment, endpoint: name });
    return true;
  } catch {
    return false;
  }
}

/** Calls off the roll-out in progress, if any, then serves the earlier version. Never behind a gate or an approval. */
async function rollBackTo(desk: Desk, input: EndpointInput, args: readonly unknown[]): Promise<RollbackAnswer> {
  const parsed = parseMessage(args, readRollbackMessage);
  if (parsed.kind !== "message") {
    return { accepted: false, reason: parsed.kind === "refused" ? parsed.reason : "expected {to, by, reason?}" };
  }
  desk.busy += 1;
  try {
    await callOff(desk);
    return await serveAgain(input, parsed.message);
  } catch (error) {
    return { accepted: false, reason: messageOf(error) };
  } finally {
    desk.busy -= 1;
  }
}

async function callOff(desk: Desk): Promise<void> {
  const { holder } = desk;
  if (holder === undefined) return;
  await getExternalWorkflowHandle(holder).cancel();
  await condition(() => desk.holder !== holder);
}

async function serveAgain(input: EndpointInput, message: RollbackMessage): Promise<RollbackAnswer> {
  const { environment, endpoint: name, heartbeatTimeoutMs } = input;
  const activities = lengthy(heartbeatTimeoutMs, `roll back to ${message.to}`);
  return activities.serveVersion({ environment, endpoint: name, ...message });
}
