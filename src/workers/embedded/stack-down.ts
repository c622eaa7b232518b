import { existsSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SlipwayError } from "../../domain/errors.ts";
import { isAlive } from "../../supervisor/process-identity.ts";
import { signalProcess } from "../../supervisor/process-kill.ts";
import { PART_NAMES } from "./part.ts";
import { stopProcess } from "./process-stop.ts";
import { readPartRecord, readUpRecord, removeRecord, writeRecord } from "./run-files.ts";
import { lockStack } from "./stack.ts";
import type { Report } from "./stack-event.ts";

const PATIENCE_MS = 90_000;
const GRACE_MS = 20_000;

/**
 * Stops the stack of a home: asks the process that watches it to, then stops what a killed one left. Running jobs and
 * model servers go on. Not an error when nothing runs.
 * @throws {SlipwayError} `backend.unavailable` when it has not stopped after 90 s
 */
export async function down(givenHome: string, report: Report): Promise<void> {
  if (!existsSync(givenHome)) return;
  const home = realpathSync(givenHome);
  const unlock = await lockWhenStopped(home, report);
  try {
    for (const part of PART_NAMES.toReversed()) {
      const record = readPartRecord(home, part);
      if (record === undefined || !isAlive(record)) continue;
      const how = await stopProcess(record, part === "postgres" ? "SIGINT" : "SIGTERM", GRACE_MS);
      writeRecord(home, { ...record, stoppedAtMs: Date.now() });
      report({ event: "part.stopped", part, message: `${part}: ${how} (pid ${record.pid})` });
    }
    rmSync(join(home, "env"), { force: true });
    removeRecord(home, "up");
    report({ event: "stack.stopped", message: "stopped" });
  } finally {
    await unlock();
  }
}

async function lockWhenStopped(home: string, report: Report): Promise<() => Promise<void>> {
  const deadlineMs = Date.now() + PATIENCE_MS;
  let asked: number | undefined;
  while (Date.now() < deadlineMs) {
    const unlock = await lockStack(home);
    if (unlock !== undefined) return unlock;
    const watcher = readUpRecord(home);
    if (watcher !== undefined && watcher.pid !== asked && isAlive(watcher)) {
      report({ event: "stack.stopping", message: `asking the process that runs it (pid ${watcher.pid}) to stop` });
      signalProcess(watcher.pid, "SIGTERM");
      asked = watcher.pid;
    }
    await sleep(100);
  }
  throw new SlipwayError(
    "backend.unavailable",
    `The stack of ${home} (pid ${asked ?? "unknown"}) has not stopped within ${PATIENCE_MS / 1_000} s; see ${join(home, "logs")}.`,
  );
}
