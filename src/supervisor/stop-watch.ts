import { fileExists } from "./file-exists.ts";
import { readStopRequest } from "./stop-request.ts";
import type { StateFolder } from "./state-folder.ts";

const POLL_MS = 200;

/**
 * Why a supervisor is to stop. `request`: it was asked. `shutdown`: the machine ends its processes. `deleted`: its state
 * folder is gone, so nobody can ever ask for the result.
 */
export interface StopCause {
  readonly reason: "request" | "shutdown" | "deleted";
  readonly graceMs?: number;
}

/** Watches for reasons to stop. The signal aborts with the first one, a StopCause, as its reason. */
export interface StopWatch {
  readonly signal: AbortSignal;
  readonly close: () => void;
}

/** Looks five times a second, and at once on SIGCONT; SIGTERM and SIGINT to the supervisor itself mean a shutdown. */
export function watchForStop(folder: StateFolder): StopWatch {
  const controller = new AbortController();
  const stop = (cause: StopCause) => controller.abort(cause);
  const look = () => {
    findCause(folder).then(
      (cause) => cause && stop(cause),
      // Unreadable now: the next look tells more.
      () => undefined,
    );
  };
  const shutdown = () => stop({ reason: "shutdown" });
  const timer = setInterval(look, POLL_MS);
  process.on("SIGCONT", look).on("SIGTERM", shutdown).on("SIGINT", shutdown);
  return {
    signal: controller.signal,
    close: () => {
      clearInterval(timer);
      process.off("SIGCONT", look).off("SIGTERM", shutdown).off("SIGINT", shutdown);
    },
  };
}

/** The cause with which the signal of a StopWatch aborted; undefined before that. */
export function causeOf(signal: AbortSignal): StopCause | undefined {
  return signal.aborted ? (signal.reason as StopCause) : undefined;
}

async function findCause(folder: StateFolder): Promise<StopCause | undefined> {
  const request = await readStopRequest(folder);
  if (request !== undefined) return { reason: "request", graceMs: request.graceMs };
  return (await fileExists(folder.record)) ? undefined : { reason: "deleted" };
}
