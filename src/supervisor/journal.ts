import { rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../domain/errors.ts";
import { errorCodeOf } from "./error-code.ts";
import { replaceJson } from "./json-file.ts";
import type { LogWriter } from "./log-writer.ts";
import type { StateFolder } from "./state-folder.ts";

const RESERVE_BYTES = 64 * 1024;
const RETRY_MS = 500;
const INSIST_TIMEOUT_MS = 10_000;

/** A supervisor's own writing. Trouble with the disk is noted and told in the log, and never ends the attempt. */
export interface Journal {
  /** Adds a line to the log that the user reads. */
  readonly note: (message: string) => Promise<void>;
  /** Replaces the state; skipped when it is as before. */
  readonly publish: (state: object) => Promise<void>;
  /** Does something that may fail for the disk's sake and will be done again. @returns undefined when it failed */
  readonly guard: <Value>(act: () => Promise<Value>) => Promise<Value | undefined>;
  /** As guard, and does it again for up to ten seconds, with the reserve's bytes given up. */
  readonly insist: <Value>(act: () => Promise<Value>) => Promise<Value | undefined>;
  /** As insist, however long it takes; throws when the state folder is gone. */
  readonly persist: <Value>(act: () => Promise<Value>) => Promise<Value | undefined>;
  /** The last trouble; undefined when there was none. */
  readonly trouble: () => string | undefined;
}

export async function openJournal(folder: StateFolder, log: LogWriter): Promise<Journal> {
  let published = "";
  let trouble: string | undefined;

  const note = (message: string) => log.append(`[slipway] ${message}\n`);
  const noteTrouble = async (error: unknown) => {
    // Without a code it is no word of the operating system but a fault of ours.
    if (errorCodeOf(error) === undefined) throw error;
    if (trouble === undefined)
      await note(`the supervisor cannot write its records: ${messageOf(error)}; it tries again`);
    trouble = messageOf(error);
  };
  const guard = async <Value>(act: () => Promise<Value>): Promise<Value | undefined> => {
    try {
      return await act();
    } catch (error) {
      await noteTrouble(error);
      return undefined;
    }
  };
  const repeat = async <Value>(act: () => Promise<Value>, timeoutMs: number): Promise<Value | undefined> => {
    const givenUpAt = performance.now() + timeoutMs;
    for (;;) {
      try {
        return await act();
      } catch (error) {
        // The whole folder was removed: there is no place to write to any more.
        if (errorCodeOf(error) === "ENOENT") throw error;
        await noteTrouble(error);
        if (performance.now() > givenUpAt) return undefined;
        await rm(folder.reserve, { force: true });
        await delay(RETRY_MS);
      }
    }
  };

  await guard(() => writeFile(folder.reserve, Buffer.alloc(RESERVE_BYTES, 1)));
  return {
    note,
    guard,
    publish: async (state) => {
      const text = JSON.stringify(state);
      if (text === published) return;
      await guard(async () => {
        await replaceJson(folder.state, state);
        published = text;
      });
    },
    insist: (act) => repeat(act, INSIST_TIMEOUT_MS),
    persist: (act) => repeat(act, Infinity),
    trouble: () => trouble,
  };
}
