import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../../supervisor/process-identity.ts";
import type { UpRecord } from "./run-files.ts";
import { readUpRecord } from "./run-files.ts";
import type { PublicAddresses, Report } from "./stack-event.ts";

const LOOK_EVERY_MS = 100;

/**
 * Another process holds this home's stack: waits until that one is ready and returns where it runs. Undefined when it
 * is not there any more, or stopping and then gone: the stack may then be started here.
 */
export async function awaitOther(
  home: string,
  report: Report,
): Promise<{ readonly pid: number; readonly addresses: PublicAddresses } | undefined> {
  let told: UpRecord["phase"] | undefined;
  for (;;) {
    const other = readUpRecord(home);
    if (other === undefined || !isAlive(other)) {
      // Its first or last moments, when it holds the lock and has no record.
      await sleep(LOOK_EVERY_MS);
      return undefined;
    }
    const { pid, phase, addresses } = other;
    if (phase === "ready" && addresses !== undefined) {
      const message = `already running (pid ${pid}): web UI ${addresses.uiUrl}, gateway ${addresses.gatewayUrl}`;
      report({ event: "stack.found", message, pid, home, addresses });
      return { pid, addresses };
    }
    if (told !== phase) report({ event: "step", message: `another process (pid ${pid}) is ${phase} it: waiting` });
    told = phase;
    await sleep(LOOK_EVERY_MS);
  }
}
