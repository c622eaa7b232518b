import {
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";
import { lengthy } from "./activities.ts";
import { grantedSignal, reconcileSignal, releaseEndpointSignal, requestEndpointSignal } from "./messages.ts";

export interface EndpointInput {
  readonly environment: string;
  readonly endpoint: string;
  readonly heartbeatTimeoutMs: number;
  /** Workflow id of the roll-out that has the endpoint, and those that wait for it, in order. */
  readonly holder?: string;
  readonly waiting?: readonly string[];
}

const RECONCILE_EVERY_MS = 60_000;
/** Far below the server's own suggestion, so that an endpoint's history stays quick to replay. */
const MAX_HISTORY_EVENTS = 2_000;

/**
 * Owns one endpoint for ever: grants it to one roll-out at a time, in order of asking, and keeps servers and weights
 * as the registry says: at start, after faults and every minute.
 */
export async function endpoint(input: EndpointInput): Promise<void> {
  let holder = input.holder;
  const waiting = [...(input.waiting ?? [])];
  let dirty = true;
  setHandler(requestEndpointSignal, ({ rollout }) => {
    if (rollout !== holder && !waiting.includes(rollout)) waiting.push(rollout);
    // Asked again by the holder: its retry may have missed the grant.
    else if (rollout === holder) void grant(rollout, input);
  });
  setHandler(releaseEndpointSignal, ({ rollout }) => {
    if (rollout === holder) holder = undefined;
    const index = waiting.indexOf(rollout);
    if (index >= 0) waiting.splice(index, 1);
    dirty = true;
  });
  setHandler(reconcileSignal, () => {
    dirty = true;
  });

  while (workflowInfo().historyLength < MAX_HISTORY_EVENTS) {
    if (holder === undefined && waiting.length > 0) {
      const next = waiting.shift();
      if (next !== undefined && (await grant(next, input))) holder = next;
      continue;
    }
    setCurrentDetails(holder === undefined ? "free" : `granted to ${holder}; ${waiting.length} waiting`);
    const idle = !dirty;
    dirty = false;
    if (!idle) {
      const { holderGone } = await lengthy(input.heartbeatTimeoutMs, "reconcile").reconcileEndpoint({
        environment: input.environment,
        endpoint: input.endpoint,
        ...(holder === undefined ? {} : { holder }),
      });
      if (holderGone) holder = undefined;
      continue;
    }
    const woken = await condition(() => dirty || (holder === undefined && waiting.length > 0), RECONCILE_EVERY_MS);
    if (!woken) dirty = true;
  }
  await continueAsNew<typeof endpoint>({ ...input, ...(holder === undefined ? {} : { holder }), waiting });
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
