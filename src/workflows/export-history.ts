import { lengthy } from "./activities.ts";

/** Waits until a release has closed, then writes its history into its evidence folder. */
export async function exportHistory(input: {
  readonly release: string;
  readonly runId: string;
  readonly heartbeatTimeoutMs: number;
}): Promise<void> {
  await lengthy(input.heartbeatTimeoutMs, "export the history").exportHistory({
    release: input.release,
    runId: input.runId,
  });
}
