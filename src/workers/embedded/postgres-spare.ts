import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { shortName } from "../../digest.ts";
import { findPostmaster } from "./postgres-postmaster.ts";

/** Where root keeps what the server's account cannot reach below a home folder. */
export const SYSTEM_FOLDER = "/var/lib/slipway";

/** Whose data it is, beside the data. */
const HOME_NOTE = "home";

/**
 * Makes the folder that stands in for one below this home, with a note that says so. What homes below the system's
 * temporary folder have left there, which are gone, is removed: nothing else ever is.
 */
export async function makeSpareFolder(home: string, systemFolder: string = SYSTEM_FOLDER): Promise<string> {
  const folder = join(systemFolder, shortName([home], 16));
  await mkdir(folder, { recursive: true });
  for (const passed of [systemFolder, folder]) await chmod(passed, 0o755);
  await writeFile(join(folder, HOME_NOTE), `${home}\n`);
  await removeAbandoned(systemFolder);
  return folder;
}

async function removeAbandoned(systemFolder: string): Promise<void> {
  for (const name of await readdir(systemFolder)) {
    const folder = join(systemFolder, name);
    const home = await readNote(folder);
    if (home === undefined || !home.startsWith(tmpdir() + sep) || (await exists(home))) continue;
    const running = await findPostmaster(join(folder, "server", "data"));
    if (running === undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function readNote(folder: string): Promise<string | undefined> {
  try {
    return (await readFile(join(folder, HOME_NOTE), "utf8")).trim();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
