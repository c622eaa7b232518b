import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { digestOfFile } from "../digest.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { FileEntry, FileManifest } from "../domain/files.ts";
import { errorCodeOf } from "./error-code.ts";

/**
 * Hashes every file below a folder, sorted by path.
 * @throws {SlipwayError} `input.invalid` for what is neither file nor folder, such as a symbolic link
 */
export async function manifestOfFolder(dir: string): Promise<FileManifest> {
  const files: FileEntry[] = [];
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(dir, path).split(sep).join("/");
    if (entry.isDirectory()) continue;
    if (!entry.isFile()) {
      const message = `${JSON.stringify(name)} is neither a file nor a folder. Write a copy of the file instead of a link.`;
      throw new SlipwayError("input.invalid", message, { path: name });
    }
    const { size, mode } = await stat(path);
    const file = { path: name, sizeBytes: size, sha256: await digestOfFile(path) };
    files.push((mode & 0o111) === 0 ? file : { ...file, executable: true });
  }
  return { files: files.toSorted((left, right) => (left.path < right.path ? -1 : 1)) };
}

/** Why the files in `dir` are not those of the manifest, each hashed in full; undefined when they are. */
export async function damageOf(dir: string, manifest: FileManifest): Promise<string | undefined> {
  for (const { path, sizeBytes, sha256 } of manifest.files) {
    try {
      const { size } = await stat(join(dir, path));
      if (size !== sizeBytes) return `${path} has ${size} bytes instead of ${sizeBytes}`;
      if ((await digestOfFile(join(dir, path))) !== sha256) return `the content of ${path} has changed`;
    } catch (error) {
      if (!["ENOENT", "ENOTDIR", "EISDIR", "EIO"].includes(errorCodeOf(error) ?? "")) throw error;
      return `${path} cannot be read`;
    }
  }
  return undefined;
}
