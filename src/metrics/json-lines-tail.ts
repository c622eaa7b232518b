import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { parseSegmentFile, type SegmentName } from "../gateway/state-layout.ts";
import { errorCodeOf } from "../supervisor/error-code.ts";

const READ_BYTES = 1024 * 1024;
const LINE_FEED = 0x0a;

/** Reads what is new in a folder of segments of JSON lines. */
export interface JsonLinesTail {
  /** Hands over every whole line that was added since the last call, oldest first. */
  read(take: (line: unknown) => void): Promise<void>;
}

export type IsWanted = (segment: SegmentName, next: SegmentName | undefined) => boolean;

/**
 * Follows a folder of segments; one that is not there yet is empty. A line that is not ended yet is left for the next
 * call; one that is no JSON was torn by a process's death and is passed over.
 *
 * @param isWanted which segments to read; asked at every call. `next` follows the segment in the folder, and was begun
 *   when this one had got its last line.
 */
export function createJsonLinesTail(folder: string, isWanted: IsWanted): JsonLinesTail {
  const offsets = new Map<string, number>();
  return {
    async read(take) {
      for (const file of await segmentsOf(folder, isWanted)) {
        offsets.set(file, await readFrom(join(folder, file), offsets.get(file) ?? 0, take));
      }
    },
  };
}

async function segmentsOf(folder: string, isWanted: IsWanted): Promise<readonly string[]> {
  let files: readonly string[];
  try {
    files = await readdir(folder);
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return [];
    throw error;
  }
  const segments = files.toSorted().flatMap((file) => {
    const segment = parseSegmentFile(file);
    return segment === undefined ? [] : [{ file, segment }];
  });
  return segments
    .filter(({ segment }, index) => isWanted(segment, segments[index + 1]?.segment))
    .map(({ file }) => file);
}

/** @returns the offset behind the last whole line */
async function readFrom(path: string, from: number, take: (line: unknown) => void): Promise<number> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    let offset = from;
    let room = READ_BYTES;
    while (offset < size) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(room), 0, room, offset);
      if (bytesRead === 0) break;
      const end = buffer.lastIndexOf(LINE_FEED, bytesRead - 1);
      if (end !== -1) {
        for (const line of buffer.toString("utf8", 0, end).split("\n")) takeLine(line, take);
        offset += end + 1;
        room = READ_BYTES;
      } else if (bytesRead < room) break;
      // A line longer than the room for it: read it again with more.
      else room *= 2;
    }
    return offset;
  } finally {
    await file.close();
  }
}

function takeLine(line: string, take: (line: unknown) => void): void {
  if (line === "") return;
  let content: unknown;
  try {
    content = JSON.parse(line);
  } catch {
    return;
  }
  take(content);
}
