import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** A log lies in segments, each named for the offset of its first byte. What lies between two segments was dropped. */
export const SEGMENT_BYTES = 8 * 1024 * 1024;

/** Kept beside the first segment; the rest of a flood is dropped. */
export const LATEST_SEGMENTS = 4;

const NAME = /^(\d{15})\.log$/u;

/** The file of the segment that begins at this offset. */
export function segmentPath(logs: string, startOffset: number): string {
  return join(logs, `${String(startOffset).padStart(15, "0")}.log`);
}

/** The offsets at which the kept segments begin, ascending; none when there is no log yet. */
export async function segmentStarts(logs: string): Promise<readonly number[]> {
  const entries = await readdir(logs);
  return entries
    .map((entry) => NAME.exec(entry)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .toSorted((left, right) => left - right);
}
