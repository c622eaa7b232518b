import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fenceOf, jobsFolder, type AttemptRecord } from "../../supervisor/attempt-record.ts";
import { readJson } from "../../supervisor/json-file.ts";
import { confirmGone, killProcess } from "../../supervisor/lost-attempt.ts";
import { fenceOfServer, serversFolder, type ServerRecord } from "../../supervisor/server-record.ts";
import { stateFolder } from "../../supervisor/state-folder.ts";
import type { SupervisorRecord } from "../../supervisor/stop-request.ts";
import { isErrno } from "../errno.ts";

/** Kills every job and model server below `home`: first who supervises it, so that nothing is started again. */
export async function endSupervised(home: string): Promise<void> {
  const folders = [jobsFolder(home), serversFolder(home)];
  for (const folder of folders) for (const name of await entriesOf(folder)) await endOne(join(folder, name));
}

async function endOne(path: string): Promise<void> {
  const folder = stateFolder(path);
  const record = await readJson<AttemptRecord | ServerRecord>(folder.record);
  if (record === undefined) return;
  const supervisor = await readJson<SupervisorRecord>(folder.supervisor);
  if (supervisor !== undefined) await killProcess(supervisor.identity);
  await confirmGone(folder, record.kind === "job" ? fenceOf(record) : fenceOfServer(record));
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}
