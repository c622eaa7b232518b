import { mkdir, open, rm, stat, type FileHandle } from "node:fs/promises";
import { errorCodeOf } from "./error-code.ts";
import { LATEST_SEGMENTS, SEGMENT_BYTES, segmentPath, segmentStarts } from "./log-segments.ts";

/** Writes a log in segments of bounded size and number. One writer a log. */
export interface LogWriter {
  /** Appends in the order of the calls. What the disk does not take is dropped. */
  readonly append: (content: Uint8Array | string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens the log in the folder `logs`, which is created, and goes on behind what is there. */
export async function openLog(logs: string): Promise<LogWriter> {
  await mkdir(logs, { recursive: true });
  const starts = [...(await segmentStarts(logs))];
  let file: FileHandle | undefined;
  let written = 0;
  let offset = await endOf(logs, starts.at(-1));
  let turn: Promise<void> = Promise.resolve();

  async function next(): Promise<FileHandle> {
    if (file !== undefined && written < SEGMENT_BYTES) return file;
    await file?.close();
    file = undefined;
    file = await open(segmentPath(logs, offset), "w");
    written = 0;
    return file;
  }

  /** A segment counts once something is in it: what cannot be written must not push out what was. */
  async function count(bytesWritten: number): Promise<void> {
    if (written === 0) starts.push(offset);
    written += bytesWritten;
    offset += bytesWritten;
    const [dropped] = starts.length > LATEST_SEGMENTS + 1 ? starts.splice(1, 1) : [];
    if (dropped !== undefined) await rm(segmentPath(logs, dropped), { force: true });
  }

  async function write(content: Uint8Array): Promise<void> {
    for (let done = 0; done < content.length;) {
      const segment = await next();
      const { bytesWritten } = await segment.write(content.subarray(done, done + SEGMENT_BYTES - written));
      await count(bytesWritten);
      done += bytesWritten;
    }
  }

  async function writeOrDrop(content: Uint8Array): Promise<void> {
    const end = offset + content.length;
    try {
      await write(content);
    } catch (error) {
      if (errorCodeOf(error) === undefined) throw error;
      if (written === 0) await rm(segmentPath(logs, offset), { force: true });
      // The next segment begins behind what was lost: a reader sees the gap.
      offset = end;
      written = SEGMENT_BYTES;
    }
  }

  return {
    append: (content) => {
      turn = turn.then(() => writeOrDrop(Buffer.from(content)));
      return turn;
    },
    close: async () => {
      await turn;
      await file?.close();
      file = undefined;
    },
  };
}

async function endOf(logs: string, lastStart: number | undefined): Promise<number> {
  if (lastStart === undefined) return 0;
  return lastStart + (await stat(segmentPath(logs, lastStart))).size;
}
