import { captureFolder, ledgerPath, rolloutTag } from "./state-layout.ts";
import { beginSegment } from "./segment-folder.ts";
import { LineWriter } from "./line-writer.ts";
import { openRolloutLedger, type RolloutLedger } from "./ledger-journal.ts";

const CAPTURE_FLUSH_AFTER_MS = 100;
const CAPTURE_SEGMENT_BYTES = 64 * 1024 * 1024;
const CAPTURE_WAITING_BYTES = 16 * 1024 * 1024;

/** What is written down while one roll-out (or none) has an endpoint. */
export interface RolloutRecords {
  readonly rolloutId: string | undefined;
  /** Absent without a roll-out: there is nothing to compare then. */
  readonly ledger: RolloutLedger | undefined;
  readonly capture: LineWriter;
  close(): Promise<void>;
}

/** Opens a roll-out's ledger, with what it held before, and a fresh capture segment at the first request. */
export async function openRolloutRecords(
  stateDir: string,
  environment: string,
  endpoint: string,
  rolloutId: string | undefined,
): Promise<RolloutRecords> {
  const ledger =
    rolloutId === undefined
      ? undefined
      : await openRolloutLedger(ledgerPath(stateDir, environment, endpoint, rolloutId), rolloutId);
  const capture = new LineWriter({
    openSegment: () => beginSegment(captureFolder(stateDir, environment, endpoint), rolloutTag(rolloutId)),
    maxSegmentBytes: CAPTURE_SEGMENT_BYTES,
    maxWaitingBytes: CAPTURE_WAITING_BYTES,
    flushAfterMs: CAPTURE_FLUSH_AFTER_MS,
  });
  return {
    rolloutId,
    ledger,
    capture,
    async close() {
      await Promise.all([ledger?.close(), capture.close()]);
    },
  };
}
