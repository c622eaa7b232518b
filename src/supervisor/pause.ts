import { setTimeout as delay } from "node:timers/promises";

/** Waits for the time, or less when the signal aborts; never throws. Leaves nothing behind on a long-lived signal. */
export async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(durationMs, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
