import type { FileHandle } from "node:fs/promises";

const SYNC_EVERY_MS = 1_000;

export interface SegmentFileOptions {
  /** Opens the file to append to: at the first write, when the last one was full, and after a failure. */
  readonly openSegment: () => Promise<FileHandle>;
  readonly maxSegmentBytes: number;
  /** Is what was written on the disk (and not only safe from the process's death) once `write` returns? */
  readonly syncEveryWrite?: boolean;
}

/** A file that is appended to, and followed by another when it is full. */
export interface SegmentFile {
  /** @throws what the file system says; the text may be written in part, at the end of a file that is left then */
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

export function createSegmentFile(options: SegmentFileOptions): SegmentFile {
  let handle: FileHandle | undefined;
  let writtenBytes = 0;
  let syncedAtMs = 0;
  const close = async (): Promise<void> => {
    const closing = handle;
    handle = undefined;
    if (closing === undefined) return;
    try {
      await closing.datasync();
    } finally {
      await closing.close();
    }
  };
  return {
    async write(text) {
      const bytes = Buffer.from(text);
      if (writtenBytes > 0 && writtenBytes + bytes.length > options.maxSegmentBytes) await close();
      if (handle === undefined) {
        handle = await options.openSegment();
        writtenBytes = 0;
      }
      try {
        await handle.appendFile(bytes);
        writtenBytes += bytes.length;
        if (options.syncEveryWrite === true || performance.now() - syncedAtMs > SYNC_EVERY_MS) {
          await handle.datasync();
          syncedAtMs = performance.now();
        }
      } catch (error) {
        // What follows a torn line would be lost with it: the next attempt begins another segment.
        const broken = handle;
        handle = undefined;
        await broken.close();
        throw error;
      }
    },
    close,
  };
}
