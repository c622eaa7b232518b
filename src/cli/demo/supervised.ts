import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "../../domain/json.ts";
import { readJson } from "../../supervisor/json-file.ts";
import { killProcess } from "../../supervisor/lost-attempt.ts";
import { killFenced } from "../../supervisor/process-kill.ts";
import type { ProcessIdentity } from "../../supervisor/process-identity.ts";
import { stateFolder } from "../../supervisor/state-folder.ts";
import { isErrno } from "../errno.ts";

const KILL_TIMEOUT_MS = 10_000;

/** Kills every job and model server below `home`: first who supervises it, so that nothing is started again. */
export async function endSupervised(home: string): Promise<void> {
  for (const kind of ["jobs", "servers"]) {
    const folder = join(home, kind);
    for (const name of await entriesOf(folder)) await endOne(join(folder, name));
  }
}

async function endOne(path: string): Promise<void> {
  const folder = stateFolder(path);
  const supervisor = await readJson<{ readonly identity?: ProcessIdentity; readonly fence?: string }>(
    folder.supervisor,
  );
  if (isIdentity(supervisor?.identity)) await killProcess(supervisor.identity);
  const leader = await readJson<ProcessIdentity>(folder.process);
  const fence = supervisor?.fence;
  await killFenced(typeof fence === "string" ? fence : path, isIdentity(leader) ? leader : undefined, KILL_TIMEOUT_MS);
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return isRecord(value) && typeof value["pid"] === "number" && typeof value["startTime"] === "string";
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}
