import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { SlipwayError } from "../domain/errors.ts";
import { codeOf, isPartial } from "./partial-files.ts";

/**
 * The paths of all files below `dir`, relative and with forward slashes. Folders without files do not count.
 * @throws {SlipwayError} `data.missing` when `dir` is not there; `input.invalid` for what is neither file nor folder
 *   (a symbolic link, a socket …) and for names that are no UTF-8, unless `include` leaves them out
 */
export async function listFiles(dir: string, include: (path: string) => boolean): Promise<readonly string[]> {
  const found: string[] = [];
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await entriesOf(dir, folder)) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) folders.push(path);
      else if (!isPartial(entry.name) && include(path)) {
        refuseStrange(dir, path, entry.isFile(), entry.isSymbolicLink());
        found.push(path);
      }
    }
  }
  return found;
}

async function entriesOf(dir: string, folder: string) {
  try {
    return await readdir(join(dir, folder), { withFileTypes: true });
  } catch (error) {
    // A folder below that vanished after it was listed holds no files any more.
    if (folder !== "" && codeOf(error) === "ENOENT") return [];
    if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR") throw error;
    throw new SlipwayError("data.missing", `There is no folder ${dir} to store. Create it first.`, { dir }, error);
  }
}

function refuseStrange(dir: string, path: string, isFile: boolean, isLink: boolean): void {
  const named = `${JSON.stringify(path)} in ${dir}`;
  if (!isFile) {
    const kind = isLink ? "a symbolic link" : "neither a file nor a folder";
    const message = `${named} is ${kind}, which is not stored. Replace it by a copy of the file, or leave it out.`;
    throw new SlipwayError("input.invalid", message, { path });
  }
  if (path.includes("\u{FFFD}")) {
    throw new SlipwayError("input.invalid", `The name of ${named} is not in UTF-8. Rename it.`, { path });
  }
}
