/**
 * `slipway/client`: what a program needs to start and steer releases with `@temporalio/client`, and nothing else.
 * Only types are imported from the SDK; at run time this file stands alone.
 */
import type { Client, QueryDefinition, SignalDefinition, WorkflowHandle } from "@temporalio/client";
import type { UpdateDefinition } from "@temporalio/common";
import type { ActionMessage, DecideAnswer, DecideMessage, DecisionMessage } from "./domain/messages.ts";
import { QUERIES, SIGNALS, TASK_QUEUE, UPDATES, WORKFLOWS } from "./domain/messages.ts";
import type { ReleaseInput, ReleaseResult, ReleaseStatus } from "./domain/release.ts";

export type { ActionMessage, DecideAnswer, DecideMessage, DecisionMessage } from "./domain/messages.ts";
export type { ReleaseInput, ReleaseOutcome, ReleaseResult, ReleaseStage, ReleaseStatus } from "./domain/release.ts";

export const taskQueue: string = TASK_QUEUE;
export const releaseWorkflowType: string = WORKFLOWS.releaseModel;

/** Let the waiting release go on; bound to the open request when `requestDigest` is given. */
export const approve = signal<DecisionMessage>(SIGNALS.approve);
export const reject = signal<DecisionMessage>(SIGNALS.reject);
/** Hold the roll-out at its present weight; harm is still watched. */
export const pause = signal<ActionMessage>(SIGNALS.pause);
export const resume = signal<ActionMessage>(SIGNALS.resume);
/** End the present step's wait, or with `full` all that remains. */
export const promote = signal<ActionMessage>(SIGNALS.promote);
/** Stop the release at any stage; traffic goes back to the champion. */
export const abort = signal<ActionMessage>(SIGNALS.abort);
/** Decide and learn at once whether it counted. */
export const decide = { type: "update", name: UPDATES.decide } as UpdateDefinition<DecideAnswer, [DecideMessage]>;
export const status = { type: "query", name: QUERIES.status } as QueryDefinition<ReleaseStatus>;

/** The releaseModel workflow as a client sees it. */
export type ReleaseWorkflow = (input: ReleaseInput) => Promise<ReleaseResult>;

export interface StartOptions {
  /** Names the release for ever; starting a second one under the same id is refused. */
  readonly releaseId: string;
  readonly taskQueue?: string;
}

/**
 * Starts one release and returns its handle at once; `handle.result()` waits for the end.
 * @throws WorkflowExecutionAlreadyStartedError (of `@temporalio/client`) when the id was ever used: a release id names one release
 */
export function startRelease(
  client: Client,
  input: ReleaseInput,
  options: StartOptions,
): Promise<WorkflowHandle<ReleaseWorkflow>> {
  return client.workflow.start<ReleaseWorkflow>(WORKFLOWS.releaseModel, {
    args: [input],
    taskQueue: options.taskQueue ?? TASK_QUEUE,
    workflowId: options.releaseId,
    workflowIdReusePolicy: "REJECT_DUPLICATE",
    staticSummary: `Release of ${input.pipeline ?? "an inline spec"}`,
  });
}

// The brands of the SDK's definitions exist for the compiler only: at run time a definition is its type and its name.
function signal<Message>(name: string): SignalDefinition<[Message?]> {
  return { type: "signal", name } as SignalDefinition<[Message?]>;
}
