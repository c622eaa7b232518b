import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import type { Dependencies } from "./dependencies.ts";
import { whileHeartbeating } from "./heartbeat.ts";

export interface HistoryToExport {
  readonly release: string;
  readonly runId: string;
}

/** Waits for a run's last event and writes its whole history, as proto3 JSON, beside the rest of its evidence. */
export const createExportHistory = ({ temporal, evidence, settings }: Dependencies) =>
  async function exportHistory({ release, runId }: HistoryToExport): Promise<void> {
    await whileHeartbeating(
      settings.heartbeatTimeoutMs / 5,
      () => ({ phase: "exporting" }),
      async () => {
        await temporal.workflow
          .getHandle(release, runId)
          .result()
          .catch(() => undefined);
        const history = await temporal.workflow.getHandle(release, runId).fetchHistory();
        await evidence.write(release, "history.json", historyToJSON(history));
      },
    );
  };
