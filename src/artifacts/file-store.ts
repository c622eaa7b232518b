import { chmod, lstat, mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import canonicalize from "canonicalize";
import { digestOfFile } from "../digest.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { FileEntry, FileManifest } from "../domain/files.ts";
import type { Digest } from "../domain/json.ts";
import { eachAtMost } from "./each-at-most.ts";
import { foldersOf, manifestOf, parseManifest } from "./file-manifest.ts";
import { createFileObjects, type FileObjects } from "./file-objects.ts";
import { listFiles } from "./folder-files.ts";
import { codeOf, partialPath, removeAbandoned } from "./partial-files.ts";
import type { ArtifactStore } from "./store.ts";

/** Files are hashed on threads; more at once than there are threads gains nothing. */
const FILES_AT_ONCE = 4;

/**
 * The artifact store in a folder of the file system; `root` is created at the first write. Any number of processes may
 * use one folder at once. A full or read-only disk is `backend.unavailable`: nothing half-written is ever visible.
 */
export function createFileStore(options: { readonly root: string }): ArtifactStore {
  const { root } = options;
  const objects = createFileObjects(root);
  const manifest = async (digest: Digest): Promise<FileManifest> =>
    parseManifest(digest, await objects.readBytes(digest));
  return {
    putTree: (dir, include = () => true) => onDisk(root, () => putTree(objects, dir, include)),
    manifest: (digest) => onDisk(root, () => manifest(digest)),
    getTree: (digest, dir) => onDisk(dir, async () => writeTree(objects, await manifest(digest), dir)),
    putBlob: (content) => onDisk(root, () => objects.addBytes(content)),
    getBlob: (digest) => onDisk(root, () => objects.readBytes(digest)),
    has: (digest) => onDisk(root, () => objects.has(digest)),
  };
}

async function putTree(objects: FileObjects, dir: string, include: (path: string) => boolean) {
  const files: FileEntry[] = [];
  await eachAtMost(FILES_AT_ONCE, await listFiles(dir, include), async (path) => {
    files.push(await putFile(objects, dir, path));
  });
  const manifest = manifestOf(files);
  const digest = await objects.addBytes(Buffer.from(canonicalize(manifest) ?? ""));
  return { digest, manifest };
}

async function putFile(objects: FileObjects, dir: string, path: string): Promise<FileEntry> {
  try {
    const { mode } = await stat(join(dir, path));
    const { digest, sizeBytes } = await objects.addFile(join(dir, path));
    const entry = { path, sizeBytes, sha256: digest };
    return (mode & 0o111) === 0 ? entry : { ...entry, executable: true };
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    const message = `${JSON.stringify(path)} vanished from ${dir} while it was stored. Store the folder when nobody writes to it.`;
    throw new SlipwayError("data.changed", message, { path }, error);
  }
}

async function writeTree(objects: FileObjects, manifest: FileManifest, dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  await removeAbandoned(dir, Date.now());
  for (const folder of new Set(manifest.files.flatMap((file) => foldersOf(file.path)))) {
    await makeFolder(dir, folder);
  }
  await eachAtMost(FILES_AT_ONCE, manifest.files, (file) => writeFile(objects, file, dir));
}

/** Creates a folder and refuses one that leads elsewhere: what is written below it must stay below `dir`. */
async function makeFolder(dir: string, folder: string): Promise<void> {
  const path = join(dir, folder);
  try {
    await mkdir(path);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    if (!(await lstat(path)).isDirectory()) throw inTheWay(path, "a folder");
  }
}

function inTheWay(path: string, needed: string): SlipwayError {
  const message = `${path} is in the way: the tree needs ${needed} there. Remove it, or choose another folder.`;
  return new SlipwayError("input.invalid", message, { path });
}

async function writeFile(objects: FileObjects, file: FileEntry, dir: string): Promise<void> {
  const path = join(dir, file.path);
  const mode = file.executable === true ? 0o755 : 0o644;
  if (await isEqual(path, file)) return chmod(path, mode);
  const partial = partialPath(dir);
  try {
    await objects.copyTo(file.sha256, partial);
    await chmod(partial, mode);
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}

/** A hard link does not count as equal: its other name could change it later. */
async function isEqual(path: string, file: FileEntry): Promise<boolean> {
  try {
    const there = await lstat(path);
    if (there.isDirectory()) throw inTheWay(path, "a file");
    if (!there.isFile() || there.nlink > 1 || there.size !== file.sizeBytes) return false;
    return (await digestOfFile(path)) === file.sha256;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

const DISK_TROUBLE: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some space",
  EDQUOT: "the disk quota is used up; free some space",
  EROFS: "the file system is read-only; remount it for writing",
  EIO: "the disk reports an input/output error; check it",
};

async function onDisk<Value>(folder: string, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (error) {
    const trouble = DISK_TROUBLE[codeOf(error) ?? ""];
    if (trouble === undefined) throw error;
    throw new SlipwayError("backend.unavailable", `Files cannot be written below ${folder}: ${trouble}.`, {}, error);
  }
}
