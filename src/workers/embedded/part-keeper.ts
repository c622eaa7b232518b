import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../domain/errors.ts";
import type { Part, PartContext, RunningPart } from "./part.ts";
import { untilEnded } from "./process-stop.ts";

const CALM_MS = 60_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;

/**
 * How long to wait before starting a part again that has ended this often within the last minute: not at all the first
 * time, then 0.25 s doubling up to half a minute.
 */
export function restartDelayMs(endsWithinAMinute: number): number {
  return endsWithinAMinute <= 1 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (endsWithinAMinute - 2));
}

/**
 * Watches a running part and starts it again whenever it ends; returns when the signal aborts.
 * @param context made anew for each start: addresses may have moved meanwhile
 * @param onRestarted called with the new process
 */
export async function keepRunning(
  part: Part,
  running: RunningPart,
  keep: {
    readonly context: () => PartContext;
    readonly onRestarted: (running: RunningPart) => void;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  let current = running;
  const endsAtMs: number[] = [];
  while (await hasEnded(current, keep.signal)) {
    const { pid } = current.record;
    const { report } = keep.context();
    report({
      event: "part.died",
      part: part.name,
      pid,
      message: `the ${part.name} (pid ${pid}) has ended: starting it again`,
    });
    const restarted = await startAgain(part, endsAtMs, keep);
    if (restarted === undefined) return;
    current = restarted;
    const message = `the ${part.name} runs again (pid ${current.record.pid})`;
    report({ event: "part.restarted", part: part.name, pid: current.record.pid, message });
    keep.onRestarted(current);
  }
}

async function hasEnded({ record }: RunningPart, signal: AbortSignal): Promise<boolean> {
  try {
    await untilEnded(record, signal);
    return !signal.aborted;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

/** Tries until it runs; undefined when the stack stops first. */
async function startAgain(
  part: Part,
  endsAtMs: number[],
  keep: { readonly context: () => PartContext; readonly signal: AbortSignal },
): Promise<RunningPart | undefined> {
  while (!keep.signal.aborted) {
    endsAtMs.push(Date.now());
    const recent = endsAtMs.filter((atMs) => atMs > Date.now() - CALM_MS).length;
    try {
      await sleep(restartDelayMs(recent), undefined, { signal: keep.signal });
      return await part.start(keep.context());
    } catch (error) {
      if (keep.signal.aborted) return undefined;
      const message = `the ${part.name} does not start: ${messageOf(error)}`;
      keep.context().report({ event: "part.failed", part: part.name, message });
    }
  }
  return undefined;
}
