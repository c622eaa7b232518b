import { mkdir, open, readdir, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { errorCodeOf } from "../supervisor/error-code.ts";
import { parseSegmentFile, segmentFile } from "./state-layout.ts";

/**
 * Begins the next segment of a folder of JSON lines. A segment is never written again once another has begun, and one
 * that a process left behind is never continued: its last line may be torn.
 *
 * @param tag whose lines the segment will hold, in small letters and digits
 */
export async function beginSegment(folder: string, tag: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true });
  for (;;) {
    const sequences = (await readdir(folder)).map((file) => parseSegmentFile(file)?.sequence ?? 0);
    const sequence = sequences.reduce((largest, one) => Math.max(largest, one), 0) + 1;
    try {
      return await open(join(folder, segmentFile({ sequence, begunAtMs: Date.now(), tag })), "ax");
    } catch (error) {
      // Another writer of this folder was faster.
      if (errorCodeOf(error) !== "EEXIST") throw error;
    }
  }
}
