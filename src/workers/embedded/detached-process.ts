import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { SlipwayError } from "../../domain/errors.ts";
import { isRecord } from "../../domain/json.ts";
import type { ProcessIdentity } from "../../supervisor/process-identity.ts";
import { identityOf, isAlive } from "../../supervisor/process-identity.ts";
import { linesSince, logTail, openLog } from "./part-log.ts";
import { stopProcess } from "./process-stop.ts";

/** A process of its own session whose output goes to a log: it neither hears our Ctrl-C nor notices our death. */
export interface DetachedProcess extends ProcessIdentity {
  readonly logPath: string;
  /** Byte of the log at which its output begins. */
  readonly logOffset: number;
}

/** Starts it. @throws {SlipwayError} `backend.unavailable` when it cannot be started or has ended at once */
export async function startDetached(start: {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly logPath: string;
}): Promise<DetachedProcess> {
  const { descriptor, offset } = openLog(start.logPath);
  try {
    const child = spawn(start.command, start.args, {
      cwd: start.cwd,
      detached: true,
      env: start.environment,
      stdio: ["ignore", descriptor, descriptor],
    });
    await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    child.unref();
    const identity = child.pid === undefined ? undefined : identityOf(child.pid);
    if (identity !== undefined) return { ...identity, logPath: start.logPath, logOffset: offset };
  } catch (error) {
    throw new SlipwayError("backend.unavailable", `${start.command} could not be started: ${String(error)}`, {}, error);
  } finally {
    closeSync(descriptor);
  }
  throw new SlipwayError("backend.unavailable", `${start.command} ended at once:\n${logTail(start.logPath, offset)}`);
}

const LOOK_EVERY_MS = 50;

/**
 * Waits until `isReady` gives a value. Stops the process and throws when it dies first, when the time is up or when
 * the signal aborts: nothing half-started is left.
 * @throws {SlipwayError} `backend.unavailable`, with the end of the process's log
 */
export async function untilReady<Ready>(
  started: DetachedProcess,
  isReady: () => Promise<Ready | undefined> | Ready | undefined,
  limits: { readonly what: string; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Ready> {
  const deadlineMs = Date.now() + limits.timeoutMs;
  for (;;) {
    const ready = await isReady();
    if (ready !== undefined) return ready;
    const reason = whyGiveUp(started, limits, deadlineMs);
    if (reason !== undefined) {
      await stopProcess(started, "SIGTERM", 2_000);
      const tail = logTail(started.logPath, started.logOffset);
      throw new SlipwayError("backend.unavailable", `${limits.what} ${reason}. Its log ends with:\n${tail}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

function whyGiveUp(
  started: DetachedProcess,
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
  deadlineMs: number,
): string | undefined {
  if (limits.signal.aborted) return "was told to stop while it was starting";
  if (!isAlive(started)) return "ended while it was starting";
  if (Date.now() > deadlineMs) return `was not ready after ${limits.timeoutMs / 1_000} s`;
  return undefined;
}

/** The first complete line of the process's own output that `read` understands. */
export function lineReader<Found>(
  started: DetachedProcess,
  read: (line: string) => Found | undefined,
): () => Found | undefined {
  let offset = started.logOffset;
  return () => {
    const next = linesSince(started.logPath, offset);
    offset = next.offset;
    for (const line of next.lines) {
      const found = read(line);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** The JSON object that a line of output is; undefined when it is something else. */
export function jsonIn(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const said: unknown = JSON.parse(line);
    return isRecord(said) ? said : undefined;
  } catch {
    return undefined;
  }
}
