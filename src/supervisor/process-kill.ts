import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { errorCodeOf } from "./error-code.ts";
import { isOver, statOf, type ProcessIdentity, type ProcessStat } from "./process-identity.ts";

/** The variable by which a process is known as an attempt's (or a server's), even after it left its process group. */
export const FENCE_VARIABLE = "SLIPWAY_FENCE";

const CHECK_INTERVAL_MS = 20;

/** Sends a signal to one process. Not an error when it is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCodeOf(error) !== "ESRCH") throw error;
  }
}

/**
 * Kills everything that was started under this fence and returns when it is gone: the process group of `leader`, and
 * whoever carries the fence in its environment. A process that only has the leader's recycled number is left alone.
 *
 * @returns the processes that are still there after `timeoutMs` (in an uninterruptible call of the kernel, for example)
 */
export async function killFenced(
  fence: string,
  leader: ProcessIdentity | undefined,
  timeoutMs: number,
): Promise<readonly number[]> {
  const givenUpAt = performance.now() + timeoutMs;
  for (;;) {
    const found = fencedProcesses(fence, leader);
    if (found.length === 0 || performance.now() > givenUpAt) return found;
    for (const pid of found) signalProcess(pid, "SIGKILL");
    await delay(CHECK_INTERVAL_MS);
  }
}

/** The living processes of the leader's group and those that carry the fence; never the caller itself. */
export function fencedProcesses(fence: string, leader: ProcessIdentity | undefined): readonly number[] {
  const stats = runningProcesses();
  const isRecycled = stats.some(({ pid, startTime }) => pid === leader?.pid && startTime !== leader.startTime);
  const isInGroup = ({ groupId }: ProcessStat) => leader !== undefined && !isRecycled && groupId === leader.pid;
  return stats.filter((stat) => isInGroup(stat) || carries(stat.pid, fence)).map(({ pid }) => pid);
}

function runningProcesses(): readonly ProcessStat[] {
  const found: ProcessStat[] = [];
  for (const entry of readdirSync("/proc")) {
    const stat = /^\d+$/u.test(entry) ? statOf(Number(entry)) : undefined;
    if (stat !== undefined && !isOver(stat) && stat.pid !== process.pid) found.push(stat);
  }
  return found;
}

function carries(pid: number, fence: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`${FENCE_VARIABLE}=${fence}`);
  } catch (error) {
    // Another user's process, or one that has just ended: not ours either way.
    if (["EACCES", "EPERM", "ENOENT", "ESRCH"].includes(errorCodeOf(error) ?? "")) return false;
    throw error;
  }
}
