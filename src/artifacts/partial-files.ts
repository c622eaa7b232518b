import { randomBytes } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { isRecord } from "../domain/json.ts";
import { shortName } from "../digest.ts";

const NAME = /^\.slipway-([a-z2-7]{8})-(\d+)-[0-9a-f]{16}\.partial$/u;
const ABANDONED_AFTER_MS = 24 * 3_600_000;

const here = shortName([hostname()], 8);

/** A fresh path in `folder` for a file that is being written. Its name says who writes it. */
export function partialPath(folder: string): string {
  return join(folder, `.slipway-${here}-${process.pid}-${randomBytes(8).toString("hex")}.partial`);
}

/** Is this the name of a file that somebody was or is writing? */
export function isPartial(name: string): boolean {
  return NAME.test(name);
}

/** Removes half-written files directly in `folder` whose writer is dead; those of other machines after a day. */
export async function removeAbandoned(folder: string, nowMs: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, machine, pid] = NAME.exec(name) ?? [];
    if (machine === undefined) continue;
    const path = join(folder, name);
    const abandoned = machine === here ? !isAlive(Number(pid)) : await isOlderThanADay(path, nowMs);
    if (abandoned) await rm(path, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

async function isOlderThanADay(path: string, nowMs: number): Promise<boolean> {
  try {
    return (await stat(path)).mtimeMs < nowMs - ABANDONED_AFTER_MS;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** The system's code of an error, such as `ENOENT`; undefined for others. */
export function codeOf(error: unknown): string | undefined {
  return isRecord(error) && typeof error["code"] === "string" ? error["code"] : undefined;
}
