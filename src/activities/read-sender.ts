import { activityInfo } from "@temporalio/activity";
import type { Dependencies } from "./dependencies.ts";

/** Which signal: the `index`-th (from 0) of its name in the history of the calling workflow. */
export interface SenderQuestion {
  readonly signal: "approve" | "reject";
  readonly index: number;
}

/** Who sent a signal that did not say so: the identity in its history event, which handlers do not see. */
export const createReadSender = ({ temporal }: Pick<Dependencies, "temporal">) =>
  async function readSender({ signal, index }: SenderQuestion): Promise<string> {
    const { workflowExecution } = activityInfo();
    const { workflowId, runId } = workflowExecution ?? { workflowId: "", runId: "" };
    let nextPageToken: Uint8Array | undefined;
    let seen = -1;
    do {
      const page = await temporal.workflowService.getWorkflowExecutionHistory({
        namespace: temporal.options.namespace,
        execution: { workflowId, runId },
        ...(nextPageToken === undefined ? {} : { nextPageToken }),
      });
      for (const event of page.history?.events ?? []) {
        const attributes = event.workflowExecutionSignaledEventAttributes;
        if (attributes?.signalName !== signal) continue;
        seen += 1;
        if (seen === index) return attributes.identity ?? "nobody";
      }
      nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
    } while (nextPageToken !== undefined);
    // The handler saw the signal, so the history has it; an absent one would be a fault worth a retry.
    throw new Error(`signal ${signal} number ${index} is not in the history yet`);
  };
