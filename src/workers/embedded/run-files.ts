import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isRecord } from "../../domain/json.ts";
import type { ProcessIdentity } from "../../supervisor/process-identity.ts";
import type { PartName, PartRecord } from "./part.ts";
import type { PublicAddresses } from "./stack-event.ts";

/** Content of `run/up.json`: the process that watches the stack. */
export interface UpRecord extends ProcessIdentity {
  readonly part: "up";
  readonly phase: "starting" | "ready" | "stopping";
  /** Present when ready. */
  readonly addresses?: PublicAddresses;
}

/** What `run/<part>.json` says; undefined when there is none or it is not a record. */
export function readPartRecord(home: string, part: PartName): PartRecord | undefined {
  return readRecord(recordPath(home, part)) as PartRecord | undefined;
}

export function readUpRecord(home: string): UpRecord | undefined {
  return readRecord(recordPath(home, "up")) as UpRecord | undefined;
}

/** Replaces `run/<part>.json` in one step: a reader sees the old record or the new one. */
export function writeRecord(home: string, record: PartRecord | UpRecord): void {
  writeAtomically(recordPath(home, record.part), `${JSON.stringify(record)}\n`, 0o644);
}

export function removeRecord(home: string, part: PartName | "up"): void {
  rmSync(recordPath(home, part), { force: true });
}

/** Writes a file of this mode so that nobody ever reads half of it. */
export function writeAtomically(path: string, text: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.tmp`;
  rmSync(partial, { force: true });
  writeFileSync(partial, text, { mode });
  renameSync(partial, path);
}

function recordPath(home: string, part: PartName | "up"): string {
  return join(home, "run", `${part}.json`);
}

/** A process identity is the least a record must hold; what was written by hand or cut short counts as absent. */
function readRecord(path: string): unknown {
  try {
    const found: unknown = JSON.parse(readFileSync(path, "utf8"));
    const whole = isRecord(found) && typeof found["pid"] === "number" && typeof found["startTime"] === "string";
    return whole ? found : undefined;
  } catch {
    return undefined;
  }
}
