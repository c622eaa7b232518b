import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import type { Progress } from "../domain/job.ts";
import { errorCodeOf } from "./error-code.ts";
import { parseProgressLine } from "./progress-line.ts";

const LINE_LIMIT_BYTES = 64 * 1024;
const READ_BYTES = 256 * 1024;
/** Further behind than this, what lies between is skipped: the last lines say what is now. */
const CATCH_UP_BYTES = 4 * 1024 * 1024;

/** Follows a progress file that another process appends to. */
export interface ProgressTail {
  /** Reads what is new. @returns true when the file has grown, be it by bad lines */
  readonly poll: () => Promise<boolean>;
  /** Reads what is new, and a last line without its end. */
  readonly finish: () => Promise<void>;
  readonly latest: () => Progress | undefined;
  /** Lines that are no progress or longer than 64 KiB, and gaps where the reader was too far behind. */
  readonly badLines: () => number;
}

/** Starts at the beginning of the file, which need not exist yet. */
export function followProgress(path: string): ProgressTail {
  let offset = 0;
  let latest: Progress | undefined;
  let badLines = 0;
  let partial = Buffer.alloc(0);
  let isSkipping = false;

  function take(line: Buffer): void {
    const progress =
      isSkipping || line.length > LINE_LIMIT_BYTES ? undefined : parseProgressLine(line.toString("utf8"));
    if (progress !== undefined) latest = progress;
    else if (isSkipping || line.toString("utf8").trim() !== "") badLines += 1;
    isSkipping = false;
  }

  function feed(content: Buffer): void {
    let rest = content;
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      take(Buffer.concat([partial, rest.subarray(0, end)]));
      partial = Buffer.alloc(0);
      rest = rest.subarray(end + 1);
    }
    if (partial.length + rest.length > LINE_LIMIT_BYTES) isSkipping = true;
    partial = isSkipping ? Buffer.alloc(0) : Buffer.concat([partial, rest]);
  }

  async function read(file: FileHandle): Promise<boolean> {
    const { size } = await file.stat();
    // Opened anew for writing by the script: what is there now is all that counts.
    if (size < offset) [offset, partial, isSkipping] = [0, Buffer.alloc(0), false];
    if (size - offset > CATCH_UP_BYTES) [offset, partial, isSkipping] = [size - READ_BYTES, Buffer.alloc(0), true];
    const hasGrown = size > offset;
    while (offset < size) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES, offset);
      if (bytesRead === 0) break;
      offset += bytesRead;
      feed(buffer.subarray(0, bytesRead));
    }
    return hasGrown;
  }

  const poll = () => withFile(path, read);
  return {
    poll,
    finish: async () => {
      await poll();
      if (partial.length > 0 || isSkipping) take(partial);
      partial = Buffer.alloc(0);
    },
    latest: () => latest,
    badLines: () => badLines,
  };
}

async function withFile(path: string, act: (file: FileHandle) => Promise<boolean>): Promise<boolean> {
  let file;
  try {
    // Never waits, should the script have put a pipe in its place.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return false;
    throw error;
  }
  try {
    return await act(file);
  } finally {
    await file.close();
  }
}
