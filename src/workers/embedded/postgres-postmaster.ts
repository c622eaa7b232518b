import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { identityOf, type ProcessIdentity } from "../../supervisor/process-identity.ts";

/** The server process of a data folder. */
export interface Postmaster extends ProcessIdentity {
  readonly port: number;
  /** Does it accept connections? */
  readonly ready: boolean;
}

/**
 * The server that runs on this data folder now, by the lock file that PostgreSQL itself keeps there (lines: pid, data
 * folder, start time, port, socket folder, listen address, shared memory, status). Undefined when there is none.
 */
export async function findPostmaster(dataFolder: string): Promise<Postmaster | undefined> {
  const [pid, , , port, , , , status] = await readLockFile(dataFolder);
  const identity = identityOf(Number(pid));
  if (identity === undefined || !(await serves(identity.pid, dataFolder))) return undefined;
  return { ...identity, port: Number(port), ready: status?.trim() === "ready" };
}

/**
 * Removes the lock file of a dead server whose pid now belongs to another program, which PostgreSQL would take for a
 * running server. In every other case PostgreSQL finds out by itself.
 */
export async function removeStaleLock(dataFolder: string): Promise<void> {
  const [pid] = await readLockFile(dataFolder);
  if (identityOf(Number(pid)) === undefined || (await serves(Number(pid), dataFolder))) return;
  await rm(join(dataFolder, "postmaster.pid"), { force: true });
}

async function readLockFile(dataFolder: string): Promise<readonly string[]> {
  try {
    return (await readFile(join(dataFolder, "postmaster.pid"), "utf8")).split("\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Was this process started as a server of the data folder? Its children carry another title. */
async function serves(pid: number, dataFolder: string): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").includes(dataFolder);
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}
