import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessIdentity } from "../../supervisor/process-identity.ts";
import { isAlive } from "../../supervisor/process-identity.ts";
import { signalProcess } from "../../supervisor/process-kill.ts";

const LOOK_EVERY_MS = 100;

/** Resolves once this very process has ended; rejects when the signal aborts. */
export async function untilEnded(identity: ProcessIdentity, signal?: AbortSignal): Promise<void> {
  while (isAlive(identity)) await sleep(LOOK_EVERY_MS, undefined, signal === undefined ? {} : { signal });
}

/**
 * Asks the process to stop and kills it when it has not ended after `graceMs`. Not an error when it is gone.
 * Only the process itself is signalled, never its group: what it started lives on.
 */
export async function stopProcess(
  identity: ProcessIdentity,
  ask: "SIGTERM" | "SIGINT",
  graceMs: number,
): Promise<"gone" | "stopped" | "killed"> {
  if (!isAlive(identity)) return "gone";
  signalProcess(identity.pid, ask);
  const deadlineMs = Date.now() + graceMs;
  while (isAlive(identity)) {
    if (Date.now() > deadlineMs) {
      signalProcess(identity.pid, "SIGKILL");
      await untilEnded(identity);
      return "killed";
    }
    await sleep(LOOK_EVERY_MS / 4);
  }
  return "stopped";
}
