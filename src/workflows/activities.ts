import type { ActivityInterfaceFor } from "@temporalio/workflow";
import { ActivityCancellationType, proxyActivities } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";

const DAY_MS = 86_400_000;
/** A watcher is tried again as soon for its hundredth worker as for its second: the job does not wait for it. */
const WATCH_RETRY = { initialInterval: "200ms", backoffCoefficient: 2, maximumInterval: "1s" } as const;
const RETRY = { initialInterval: "200ms", backoffCoefficient: 2, maximumInterval: "10s" } as const;

/** One transaction, one request: seconds. Retried until it goes through, since what it needs comes back. */
export const quick: ActivityInterfaceFor<Activities> = proxyActivities<Activities>({
  startToCloseTimeout: "60s",
  retry: RETRY,
});

/**
 * Hashing, starting servers, watching jobs and stages: minutes to weeks. A dead worker is noticed after
 * `heartbeatTimeoutMs`, and the retry finds what was begun.
 */
export function lengthy(heartbeatTimeoutMs: number, summary?: string): ActivityInterfaceFor<Activities> {
  return proxyActivities<Activities>({
    startToCloseTimeout: 60 * DAY_MS,
    heartbeatTimeout: heartbeatTimeoutMs,
    // A cancelled stage has ended only when its job was told to stop, or its watch has let go of the traffic.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: WATCH_RETRY,
    ...(summary === undefined ? {} : { summary }),
  });
}
