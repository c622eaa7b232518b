import { open } from "node:fs/promises";
import type { LogChunk } from "../executors/executor.ts";
import { errorCodeOf } from "./error-code.ts";
import { fileExists } from "./file-exists.ts";
import { segmentPath, segmentStarts } from "./log-segments.ts";
import { stateFolder } from "./state-folder.ts";

const CHUNK_BYTES = 256 * 1024;

/**
 * A part of the log of an attempt or a server, from a byte offset on: at most 256 KiB, never half a character. Where
 * output was dropped, a line says how much. Read-only; works while the log is written.
 *
 * @param statePath the state folder, such as an attempt's
 */
export async function readLog(statePath: string, sinceOffset: number): Promise<LogChunk> {
  const folder = stateFolder(statePath);
  // Asked before reading: what is written later is then read by the next call.
  const hasEnded = await fileExists(folder.exit);
  const chunk = await chunkAt(folder.logs, sinceOffset);
  return { text: chunk.text, nextOffset: chunk.nextOffset, complete: hasEnded && chunk.isEnd };
}

interface Chunk {
  readonly text: string;
  readonly nextOffset: number;
  readonly isEnd: boolean;
}

async function chunkAt(logs: string, offset: number): Promise<Chunk> {
  const starts = await startsOf(logs);
  const start = starts.findLast((candidate) => candidate <= offset);
  const following = starts.find((candidate) => candidate > offset);
  const content = start === undefined ? undefined : await contentAt(logs, start, offset);
  if (content !== undefined && content.length > 0) {
    const isEnd = following === undefined && content.length < CHUNK_BYTES;
    const whole = isEnd ? content : content.subarray(0, wholeCharacters(content));
    return { text: whole.toString("utf8"), nextOffset: offset + whole.length, isEnd };
  }
  if (following === undefined) return { text: "", nextOffset: offset, isEnd: true };
  const dropped = `\n[slipway] ${following - offset} bytes of output were dropped here\n`;
  return { text: dropped, nextOffset: following, isEnd: false };
}

async function startsOf(logs: string): Promise<readonly number[]> {
  try {
    return await segmentStarts(logs);
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** Undefined when the segment has just been dropped. */
async function contentAt(logs: string, start: number, offset: number): Promise<Buffer | undefined> {
  let file;
  try {
    file = await open(segmentPath(logs, start), "r");
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, offset - start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The length without an unfinished character of UTF-8 at the end (at most three bytes of it can be there). */
function wholeCharacters(content: Buffer): number {
  for (let back = 1; back <= Math.min(3, content.length - 1); back += 1) {
    const byte = content[content.length - back] ?? 0;
    if (byte < 0x80) return content.length;
    if (byte >= 0xc0) return back < sequenceLength(byte) ? content.length - back : content.length;
  }
  return content.length;
}

function sequenceLength(first: number): number {
  if (first >= 0xf0) return 4;
  return first >= 0xe0 ? 3 : 2;
}
