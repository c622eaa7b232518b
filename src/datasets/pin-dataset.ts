import { constants } from "node:fs";
import { copyFile, mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import canonicalize from "canonicalize";
import { glob } from "tinyglobby";
import type { ArtifactStore } from "../artifacts/store.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { FileEntry, FileManifest } from "../domain/files.ts";
import type { Digest } from "../domain/json.ts";
import type { DatasetSpec } from "../domain/plan.ts";
import { folderOf, isGlob, matchingPaths, nearbyText, normalPattern } from "../spec/file-patterns.ts";

/** A data set pinned by content. Its files lie below the common folder of its patterns, under their own names. */
export interface PinnedDataset {
  readonly name: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface PinningRequest {
  readonly dataset: DatasetSpec;
  readonly store: ArtifactStore;
  /** The packed pipeline, for relative files. */
  readonly code?: Digest;
  /** An empty folder to copy absolute files to before they are stored; the caller removes it. */
  readonly workDir: string;
  readonly signal?: AbortSignal;
}

/**
 * Stores what a data set's patterns name and returns the manifest's digest. Relative patterns see the packed pipeline
 * and nothing of this machine; absolute ones are copied first, so that what is stored is what was hashed.
 * @throws {SlipwayError} `data.missing` when a pattern names nothing; `data.changed` when a file changes meanwhile
 */
export async function pinDataset(request: PinningRequest): Promise<PinnedDataset> {
  const { dataset } = request;
  const isAbsolute = dataset.files.every((pattern) => pattern.startsWith("/"));
  const { digest, manifest } = isAbsolute ? await pinAbsolute(request) : await pinPacked(request);
  const sizeBytes = manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return { name: dataset.name, digest, sizeBytes };
}

interface Stored {
  readonly digest: Digest;
  readonly manifest: FileManifest;
}

/** The files are in the store already: a manifest that names them is all that is new. */
async function pinPacked({ dataset, store, code }: PinningRequest): Promise<Stored> {
  if (code === undefined) {
    const message = `The data set ${dataset.name} names files of the pipeline (${dataset.files.join(", ")}), but the release has none: register the pipeline's folder, or give absolute paths.`;
    throw new SlipwayError("data.missing", message, { dataset: dataset.name });
  }
  const { files } = await store.manifest(code);
  const paths = files.map((file) => file.path);
  const base = commonFolder(dataset.files);
  const chosen = new Map<string, FileEntry>();
  for (const pattern of dataset.files) {
    const matches = matchingPaths(pattern, paths);
    if (matches.length === 0) throw missing(dataset, pattern, nearbyText(pattern, paths));
    for (const file of files.filter(({ path }) => matches.includes(path))) chosen.set(file.path, file);
  }
  const manifest: FileManifest = {
    files: [...chosen.values()]
      .map(({ path, sizeBytes, sha256 }) => ({ path: below(base, path), sizeBytes, sha256 }))
      .toSorted((left, right) => (left.path < right.path ? -1 : 1)),
  };
  return { digest: await store.putBlob(Buffer.from(canonicalize(manifest) ?? "")), manifest };
}

async function pinAbsolute({ dataset, store, workDir, signal }: PinningRequest): Promise<Stored> {
  const base = commonFolder(dataset.files);
  for (const pattern of dataset.files) {
    const files = await absoluteFiles(pattern);
    if (files.length === 0) throw missing(dataset, pattern, await nearbyOnDisk(pattern));
    for (const file of files) {
      signal?.throwIfAborted();
      await copyUnchanged(dataset, file, join(workDir, below(base, file)));
    }
  }
  return store.putTree(workDir);
}

async function absoluteFiles(pattern: string): Promise<readonly string[]> {
  const wanted = normalPattern(pattern);
  if ((await stat(wanted).catch(() => undefined))?.isFile() === true) return [wanted];
  if (!isGlob(wanted)) return [];
  const found = await glob(wanted, { absolute: true, onlyFiles: true, expandDirectories: false });
  return found.toSorted();
}

async function nearbyOnDisk(pattern: string): Promise<string> {
  const folder = folderOf(pattern) === "" ? "/" : folderOf(pattern);
  if (isGlob(normalPattern(pattern))) return nearbyText(pattern, await glob("*", { cwd: folder, absolute: true }));
  if ((await stat(pattern).catch(() => undefined))?.isDirectory() === true) {
    return `it is a folder; write ${pattern.replace(/\/$/u, "")}/*.parquet or the like`;
  }
  return nearbyText(pattern, await glob("*", { cwd: folder, absolute: true }));
}

/** @throws {SlipwayError} `data.changed` when the file is not the same before and after */
async function copyUnchanged(dataset: DatasetSpec, from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  try {
    const before = await stat(from, { bigint: true });
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    const after = await stat(from, { bigint: true });
    const copied = await stat(to, { bigint: true });
    if (
      before.mtimeNs === after.mtimeNs &&
      before.size === after.size &&
      before.ino === after.ino &&
      copied.size === after.size
    )
      return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const message = `${from} of the data set ${dataset.name} changed while it was read. Write data under new names, or release when nothing writes to it.`;
  throw new SlipwayError("data.changed", message, { dataset: dataset.name, file: from });
}

function missing(dataset: DatasetSpec, pattern: string, nearby: string): SlipwayError {
  const where = pattern.startsWith("/") ? "on the worker's machine" : "in the packed pipeline";
  const message = `The data set ${dataset.name}: ${pattern} names no file ${where}; ${nearby}.`;
  return new SlipwayError("data.missing", message, { dataset: dataset.name, pattern });
}

/** The deepest folder that holds all that the patterns can name. */
function commonFolder(patterns: readonly string[]): string {
  const folders = patterns.map((pattern) => folderOf(pattern).split("/"));
  const [first = [], ...others] = folders;
  const depth = first.findIndex((part, index) => others.some((other) => other[index] !== part));
  return (depth === -1 ? first : first.slice(0, depth)).join("/");
}

function below(base: string, path: string): string {
  return base === "" ? path.replace(/^\/+/u, "") : path.slice(base.length + 1);
}
