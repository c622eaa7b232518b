import { messageOf, SlipwayError } from "../domain/errors.ts";
import type { StageCounts } from "../domain/traffic.ts";
import { nameOf, type Endpoints } from "./endpoints.ts";
import { readLedger, type MirrorLedger } from "./ledger-journal.ts";
import { ledgerPath } from "./state-layout.ts";

/** What the gateway counted in one roll-out. */
export interface TrafficStats {
  readonly environment: string;
  readonly endpoint: string;
  readonly rolloutId: string;
  /** Request failures, in order of stage. */
  readonly stages: readonly StageCounts[];
  readonly mirror: MirrorLedger;
  /** Requests of keys that came when a stage was full. */
  readonly uncountedRequests: number;
  /** Capture lines dropped since the process began. */
  readonly droppedCaptureLines: number;
  /** Why capture was last not written; absent when it was. */
  readonly captureProblem?: string;
}

/**
 * The counts of a roll-out; of one that is over, those on the disk. Whatever this tells is safe from the gateway's death.
 *
 * @throws {SlipwayError} `backend.unavailable` when the counts cannot be written
 */
export async function readStats(
  endpoints: Endpoints,
  stateDir: string,
  query: { readonly environment: string; readonly endpoint: string; readonly rolloutId: string },
): Promise<TrafficStats> {
  const { environment, endpoint, rolloutId } = query;
  const records = endpoints.find(nameOf(query))?.traffic().records;
  if (records?.ledger === undefined || records.rolloutId !== rolloutId) {
    const { stages, mirror } = await readLedger(ledgerPath(stateDir, environment, endpoint, rolloutId));
    const counts = { stages: stages.counts(), mirror, uncountedRequests: 0, droppedCaptureLines: 0 };
    return { environment, endpoint, rolloutId, ...counts };
  }
  const { ledger, capture } = records;
  const stages = ledger.counts();
  const mirror = ledger.mirror();
  try {
    await ledger.flush();
  } catch (error) {
    throw new SlipwayError("backend.unavailable", `The counts cannot be written: ${messageOf(error)}`, {}, error);
  }
  const problem = capture.problem;
  return {
    environment,
    endpoint,
    rolloutId,
    stages,
    mirror,
    uncountedRequests: ledger.uncountedRequests(),
    droppedCaptureLines: capture.droppedLines,
    ...(problem === undefined ? {} : { captureProblem: problem }),
  };
}
