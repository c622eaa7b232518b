import { setTimeout as sleep } from "node:timers/promises";
import { WorkflowNotFoundError } from "@temporalio/client";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import type { Logger } from "pino";
import type { Dependencies } from "../activities/dependencies.ts";
import { digestOfBytes } from "../digest.ts";
import { listUnexported, recordHistory } from "../registry/histories.ts";
import { listAttempts } from "../registry/jobs.ts";
import { closeRelease, listReleases } from "../registry/releases.ts";

const AT_A_TIME = 20;
const GRACE_MS = 10_000;
/** Said in place of a history that the server no longer keeps. */
const GONE = JSON.stringify({ events: [], missing: "the Temporal server no longer had this history" });

/**
 * Looks after what no run can do for itself: writes the history of a closed release into its evidence (a history
 * cannot hold its own end), and closes what a terminated run has left open, its jobs included. Driven by the registry,
 * so that it goes on wherever the last worker stopped; two workers doing the same do it once.
 */
export async function takeCare(
  dependencies: Dependencies,
  everyMs: number,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (let round = 0; !signal.aborted; round += 1) {
    try {
      await exportHistories(dependencies);
      if (round % 10 === 0) await closeAbandoned(dependencies);
    } catch (error) {
      log.warn({ err: error }, "could not look after closed releases; tried again soon");
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

async function exportHistories({ db, temporal, evidence }: Dependencies): Promise<void> {
  for (const { release } of await listUnexported(db, AT_A_TIME)) {
    const status = await statusOf({ temporal }, release);
    if (status === "RUNNING") continue;
    const json = status === "GONE" ? GONE : historyToJSON(await temporal.workflow.getHandle(release).fetchHistory());
    await evidence.write(release, "history.json", json);
    await recordHistory(db, { release, digest: digestOfBytes(json) });
  }
}

/** Terminating a run skips its clean-up: its jobs are stopped here and its end is recorded. */
async function closeAbandoned({ db, temporal, executor, nowMs }: Dependencies): Promise<void> {
  const { items } = await listReleases(db, { outcome: "open", limit: 200 });
  for (const { release } of items) {
    const status = await statusOf({ temporal }, release);
    if (status === "RUNNING") continue;
    for (const { outcome, backend, name, uid, specDigest } of await listAttempts(db, release)) {
      if (outcome === undefined) await executor.requestStop({ backend, name, uid, specDigest }, GRACE_MS);
    }
    const message = `its workflow ended without a word: ${status.toLowerCase()}`;
    await closeRelease(db, release, { outcome: "Aborted", message, endedAtMs: nowMs() });
  }
}

async function statusOf({ temporal }: Pick<Dependencies, "temporal">, release: string): Promise<string> {
  try {
    return (await temporal.workflow.getHandle(release).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return "GONE";
    throw error;
  }
}
