import { Context } from "@temporalio/activity";

/**
 * Does some work while telling Temporal at a steady pace that this worker lives; work that is done sooner costs no call. `latest` gives the details; they are a
 * cache and a window for people, never the truth. When the activity is cancelled, `signal` aborts the work.
 */
export async function whileHeartbeating<T>(
  everyMs: number,
  latest: () => unknown,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(latest()), everyMs);
  try {
    return await work(context.cancellationSignal);
  } catch (error) {
    // A library's AbortError would be taken for a cancellation nobody asked for; the signal's reason says what happened.
    if (context.cancellationSignal.aborted) throw context.cancellationSignal.reason;
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** Waits; rejects with the cancellation's own reason when the activity is cancelled meanwhile. */
export function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** Was this cancellation asked for (by the workflow), rather than a shutdown, a pause or a time-out of the worker's? */
export function wasCancelRequested(): boolean {
  return Context.current().cancellationDetails?.cancelRequested === true;
}
