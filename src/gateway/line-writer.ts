import { messageOf } from "../domain/errors.ts";
import { createSegmentFile, type SegmentFile, type SegmentFileOptions } from "./segment-file.ts";

const RETRY_AFTER_MS = 1_000;

export interface LineWriterOptions extends SegmentFileOptions {
  /** Lines that wait for the disk; more are refused. About bytes: counted in characters. */
  readonly maxWaitingBytes: number;
  /** How long a line may wait for others before it is written. */
  readonly flushAfterMs: number;
}

/**
 * Appends lines to files in large writes, off the path of whoever calls. It survives failures of the disk: lines wait
 * for the next attempt, up to `maxWaitingBytes`.
 */
export class LineWriter {
  readonly #options: LineWriterOptions;
  readonly #file: SegmentFile;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #takenLines = 0;
  #writtenLines = 0;
  #droppedLines = 0;
  #problem: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: LineWriterOptions) {
    this.#options = options;
    this.#file = createSegmentFile(options);
  }

  /** Takes a line without its line feed. @returns false, and the line is dropped and counted, when too much waits */
  append(line: string): boolean {
    if (this.#waitingBytes + line.length > this.#options.maxWaitingBytes) {
      this.#droppedLines += 1;
      return false;
    }
    this.#waiting.push(line);
    this.#takenLines += 1;
    this.#waitingBytes += line.length + 1;
    if (this.#writing === undefined) this.#schedule(this.#options.flushAfterMs);
    return true;
  }

  /** Returns once every line taken so far is written. @throws what the file system says when it cannot be */
  async flush(): Promise<void> {
    const wanted = this.#takenLines;
    while (this.#writtenLines < wanted) await this.#writeNow();
  }

  /** Flushes, syncs to the disk and closes the file. @throws as flush */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      clearTimeout(this.#timer);
      await this.#file.close();
    }
  }

  get droppedLines(): number {
    return this.#droppedLines;
  }

  /** Why the last attempt to write failed; undefined when it did not. Waiting lines are tried again. */
  get problem(): string | undefined {
    return this.#problem;
  }

  #schedule(afterMs: number): void {
    // The failure is kept in `problem` and the lines stay; there is nobody to throw to.
    this.#timer ??= setTimeout(() => void this.#writeNow().catch(() => undefined), afterMs);
  }

  #writeNow(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing ??= this.#writeBatch().finally(() => {
      this.#writing = undefined;
      if (this.#waiting.length > 0) this.#schedule(this.#options.flushAfterMs);
    });
    return this.#writing;
  }

  async #writeBatch(): Promise<void> {
    const [batch, batchBytes] = [this.#waiting, this.#waitingBytes];
    this.#waiting = [];
    try {
      if (batch.length > 0) await this.#file.write(`${batch.join("\n")}\n`);
    } catch (error) {
      this.#waiting = [...batch, ...this.#waiting];
      this.#problem = messageOf(error);
      this.#schedule(RETRY_AFTER_MS);
      throw error;
    }
    this.#problem = undefined;
    this.#waitingBytes -= batchBytes;
    this.#writtenLines += batch.length;
  }
}
