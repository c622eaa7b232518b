import { closeSync, copyFileSync, mkdirSync, openSync, readSync, renameSync, statSync, truncateSync } from "node:fs";
import { dirname, join } from "node:path";

const KEEP_BYTES = 10 * 2 ** 20;
const TAIL_BYTES = 4_096;

/** `logs/<part>.log` below home: output of the part's process, that before it in `<part>.log.1`. */
export function logPath(home: string, part: string): string {
  return join(home, "logs", `${part}.log`);
}

/** Opens a part's log for a new process, after putting a large one aside. Returns the descriptor and where it begins. */
export function openLog(path: string): { readonly descriptor: number; readonly offset: number } {
  mkdirSync(dirname(path), { recursive: true });
  if (sizeOf(path) > KEEP_BYTES) renameSync(path, `${path}.1`);
  const descriptor = openSync(path, "a", 0o644);
  return { descriptor, offset: sizeOf(path) };
}

/**
 * Puts a large log of a running process aside: copied and cut, since the process keeps its file open.
 * It appends, so it goes on at the new end; what it writes between the copy and the cut is lost.
 */
export function rotateLog(path: string): void {
  if (sizeOf(path) <= KEEP_BYTES) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path, 0);
}

/** Complete lines written since `offset`, and the offset after them. */
export function linesSince(
  path: string,
  offset: number,
): { readonly lines: readonly string[]; readonly offset: number } {
  const text = readFrom(path, offset);
  const end = text.lastIndexOf("\n");
  if (end < 0) return { lines: [], offset };
  const whole = text.slice(0, end);
  return { lines: whole.split("\n"), offset: offset + Buffer.byteLength(whole) + 1 };
}

/** The last lines that a process wrote, for an error message; at most 4 KiB. */
export function logTail(path: string, offset: number): string {
  return readFrom(path, Math.max(offset, sizeOf(path) - TAIL_BYTES)).trimEnd();
}

function readFrom(path: string, offset: number): string {
  const length = Math.max(0, sizeOf(path) - offset);
  const buffer = Buffer.alloc(length);
  const descriptor = openSync(path, "r");
  try {
    return buffer.toString("utf8", 0, readSync(descriptor, buffer, 0, length, offset));
  } finally {
    closeSync(descriptor);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
