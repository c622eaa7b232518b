import { listAudit } from "../../src/registry/audit.ts";
import type { Database } from "../../src/registry/database.ts";
import { openRelease } from "../../src/registry/releases.ts";
import { anOpening } from "./registry-samples.ts";

/** A write, and what is true once it was done: once or twice. */
export interface WriteCase {
  readonly write: () => Promise<unknown>;
  readonly holds: () => Promise<void>;
}

/** How many audit rows an act adds. */
export async function rowsAddedBy(db: Database, act: () => Promise<unknown>): Promise<number> {
  const before = (await listAudit(db)).length;
  await act();
  return (await listAudit(db)).length - before;
}

let count = 0;

/** A release id that no test has used. */
export function nextRelease(): string {
  return `release-${++count}`;
}

export async function anOpenRelease(db: Database): Promise<string> {
  const release = nextRelease();
  await openRelease(db, anOpening(release));
  return release;
}
