import { defineQuery, defineSignal, defineUpdate } from "@temporalio/workflow";
import type { DecideAnswer, RollbackAnswer } from "../domain/messages.ts";
import { QUERIES, SIGNALS, UPDATES } from "../domain/messages.ts";
import type { Refusal, ReleaseStatus, RolloutStatus } from "../domain/release.ts";

// What people send is unknown until it was read: handlers take anything.
export const approveSignal = defineSignal<unknown[]>(SIGNALS.approve);
export const rejectSignal = defineSignal<unknown[]>(SIGNALS.reject);
export const pauseSignal = defineSignal<unknown[]>(SIGNALS.pause);
export const resumeSignal = defineSignal<unknown[]>(SIGNALS.resume);
export const promoteSignal = defineSignal<unknown[]>(SIGNALS.promote);
export const abortSignal = defineSignal<unknown[]>(SIGNALS.abort);
export const decideUpdate = defineUpdate<DecideAnswer, unknown[]>(UPDATES.decide);
export const rollbackUpdate = defineUpdate<RollbackAnswer, unknown[]>(UPDATES.rollback);
export const statusQuery = defineQuery<ReleaseStatus>(QUERIES.status);
export const rolloutStatusQuery = defineQuery<RolloutQueryAnswer>(QUERIES.status);

/** The roll-out's own status, with what its release was told of it. */
export interface RolloutQueryAnswer extends RolloutStatus {
  readonly refusals: readonly Refusal[];
}

// Between our own workflows.
export const grantedSignal = defineSignal<[{ readonly environment: string; readonly endpoint: string }]>("granted");
export const requestEndpointSignal = defineSignal<[EndpointRequest]>("requestEndpoint");
export const releaseEndpointSignal = defineSignal<[EndpointRequest]>("releaseEndpoint");
export const reconcileSignal = defineSignal("reconcile");
/** A roll-out tells its release what people should see there: a refusal, or that it waits for somebody. */
export const rolloutNewsSignal = defineSignal<[RolloutNews]>("rolloutNews");

export interface EndpointRequest {
  /** Workflow id of the roll-out. */
  readonly rollout: string;
}

export interface RolloutNews {
  readonly status: RolloutStatus;
  readonly refusal?: Refusal;
}
