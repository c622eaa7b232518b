import { activityInfo } from "@temporalio/activity";
import { endpointWorkflowId, WORKFLOWS } from "../domain/messages.ts";
import { releaseEndpoint } from "../registry/endpoints.ts";
import type { Dependencies } from "./dependencies.ts";

export interface EndpointKey {
  readonly environment: string;
  readonly endpoint: string;
  /** Workflow id of the roll-out. */
  readonly rollout: string;
}

/** Asks the endpoint's own workflow, started if need be, to grant the endpoint to a roll-out. Asking twice is asking once. */
export const createRequestEndpoint = (dependencies: Pick<Dependencies, "temporal" | "settings">) =>
  async function requestEndpoint({ environment, endpoint, rollout }: EndpointKey): Promise<void> {
    await signalEndpoint(dependencies, { environment, endpoint }, "requestEndpoint", [{ rollout }]);
  };

/** Signals an endpoint's workflow, starting it where it does not run. */
export async function signalEndpoint(
  { temporal, settings }: Pick<Dependencies, "temporal" | "settings">,
  { environment, endpoint }: { readonly environment: string; readonly endpoint: string },
  signal: "requestEndpoint" | "releaseEndpoint" | "reconcile",
  signalArgs: readonly unknown[],
): Promise<void> {
  await temporal.workflow.signalWithStart(WORKFLOWS.endpoint, {
    workflowId: endpointWorkflowId(environment, endpoint),
    taskQueue: activityInfo().taskQueue,
    args: [{ environment, endpoint, heartbeatTimeoutMs: settings.heartbeatTimeoutMs }],
    signal,
    signalArgs: [...signalArgs],
    staticSummary: `Endpoint ${endpoint} in ${environment}`,
  });
}

/** Gives the endpoint back: in the registry, so that nobody moves its traffic in this name, then to whoever waits. */
export async function giveBackEndpoint(
  dependencies: Pick<Dependencies, "db" | "temporal" | "settings">,
  { environment, endpoint, rollout }: EndpointKey,
): Promise<void> {
  await releaseEndpoint(dependencies.db, { environment, endpoint, holder: rollout });
  await signalEndpoint(dependencies, { environment, endpoint }, "releaseEndpoint", [{ rollout }]);
}
