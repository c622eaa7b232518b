import { lstat, readdir, readFile, realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Problem } from "../domain/errors.ts";
import { IGNORE_FILE, packRules } from "./pack-rules.ts";

/** A pipeline that is larger would be copied for every job; large data belongs to an absolute path on the workers. */
export const DEFAULT_MAX_BYTES = 1024 ** 3;
const MAX_FILES = 100_000;

export interface PackedFile {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** Which files of a folder are packed, sorted by path, and what stands against packing it. */
export async function packedFiles(
  dir: string,
  maxBytes: number,
): Promise<{ readonly files: readonly PackedFile[]; readonly problems: readonly Problem[] }> {
  const isPacked = packRules(await textOrNothing(join(dir, IGNORE_FILE)));
  const files: PackedFile[] = [];
  const problems: Problem[] = [];
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(join(dir, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (!isPacked(entry.isDirectory() ? `${path}/` : path)) continue;
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) files.push({ path, sizeBytes: (await lstat(join(dir, path))).size });
      else problems.push({ path: "", file: path, message: await strangeFile(dir, path, entry.isSymbolicLink()) });
    }
    if (files.length > MAX_FILES) break;
  }
  const sorted = files.toSorted((left, right) => (left.path < right.path ? -1 : 1));
  return { files: sorted, problems: [...problems, ...sizeProblems(sorted, maxBytes)] };
}

async function strangeFile(dir: string, path: string, isLink: boolean): Promise<string> {
  const remedy = `or leave it out in ${IGNORE_FILE}`;
  if (!isLink) return `is neither a file nor a folder; remove it, ${remedy}`;
  const target = await realpath(join(dir, path)).catch(() => undefined);
  if (target === undefined) return `is a symbolic link that leads nowhere; remove it, ${remedy}`;
  const inside = !relative(await realpath(dir), target)
    .split(sep)
    .includes("..");
  const leads = inside ? "is a symbolic link" : `is a symbolic link that leaves the folder, to ${target}`;
  return `${leads}; replace it by what it links to, ${remedy}`;
}

function sizeProblems(files: readonly PackedFile[], maxBytes: number): readonly Problem[] {
  if (files.length > MAX_FILES) {
    return [{ path: "", message: `the folder has more than ${MAX_FILES} files; leave some out in ${IGNORE_FILE}` }];
  }
  const total = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  if (total <= maxBytes) return [];
  const largest = files.toSorted((left, right) => right.sizeBytes - left.sizeBytes).slice(0, 3);
  const named = largest.map((file) => `${file.path} (${megabytes(file.sizeBytes)})`).join(", ");
  const message =
    `the folder packs to ${megabytes(total)}, more than the ${megabytes(maxBytes)} allowed; the largest: ${named}. ` +
    `Leave files out in ${IGNORE_FILE}, or keep data at an absolute path on the workers`;
  return [{ path: "", message }];
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${Math.ceil(bytes / 1e6)} MB`;
}

/** The file's text; empty when there is no such file. */
async function textOrNothing(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
