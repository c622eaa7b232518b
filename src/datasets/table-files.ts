import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

export interface DataFile {
  /** Relative to the data set's folder, with forward slashes. */
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
}

/** Every file below a data set's folder, sorted by name. */
export async function dataFiles(dir: string): Promise<readonly DataFile[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files: DataFile[] = [];
  for (const entry of entries.filter((found) => found.isFile())) {
    const path = join(entry.parentPath, entry.name);
    files.push({ name: path.slice(dir.length).replace(/^\/+/u, ""), path, sizeBytes: (await stat(path)).size });
  }
  return files.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}
