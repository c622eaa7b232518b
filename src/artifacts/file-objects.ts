import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { digestOfBytes, digestOfFile } from "../digest.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { Digest } from "../domain/json.ts";
import { copyHashing, synchronize } from "./file-copy.ts";
import { isDigest } from "./file-manifest.ts";
import { codeOf, partialPath, removeAbandoned } from "./partial-files.ts";

/** Immutable objects below one folder: `objects/ab/cd…`, `partial/` while written, `corrupt/` what failed its digest. */
export interface FileObjects {
  /** Stores a file's content; what is there already is not written again. */
  addFile(path: string): Promise<{ readonly digest: Digest; readonly sizeBytes: number }>;
  addBytes(content: Uint8Array): Promise<Digest>;
  /** @throws {SlipwayError} `artifact.missing`, `artifact.corrupt` */
  readBytes(digest: Digest): Promise<Uint8Array>;
  /** Writes the object to a fresh path, verified. @throws {SlipwayError} `artifact.missing`, `artifact.corrupt` */
  copyTo(digest: Digest, path: string): Promise<void>;
  has(digest: Digest): Promise<boolean>;
}

/** Opens (creating it at the first write) a folder of objects. */
export function createFileObjects(root: string): FileObjects {
  const partials = join(root, "partial");
  let prepared: Promise<void> | undefined;

  const prepare = async (): Promise<void> => {
    await mkdir(partials, { recursive: true });
    await removeAbandoned(partials, Date.now());
  };

  /** Fills a fresh file by `write`, makes it durable, then gives it its name: a crash leaves no wrong object. */
  const add = async (write: (path: string) => Promise<Digest>): Promise<Digest> => {
    await (prepared ??= prepare());
    const partial = partialPath(partials);
    try {
      const digest = await write(partial);
      await chmod(partial, 0o444);
      await synchronize(partial);
      const place = pathOf(root, "objects", digest);
      await mkdir(dirname(place), { recursive: true });
      await rename(partial, place);
      await synchronize(dirname(place));
      await synchronize(dirname(dirname(place)));
      await rm(pathOf(root, "corrupt", digest), { force: true });
      return digest;
    } finally {
      await rm(partial, { force: true });
    }
  };

  return {
    async addFile(path) {
      const before = await digestOfFile(path);
      const digest = (await isThere(root, before)) ? before : await add((partial) => copyHashing(path, partial));
      return { digest, sizeBytes: (await stat(pathOf(root, "objects", digest))).size };
    },
    async addBytes(content) {
      const digest = digestOfBytes(content);
      if (await isThere(root, digest)) return digest;
      return add(async (partial) => {
        await writeFile(partial, content, { flag: "wx" });
        return digest;
      });
    },
    async readBytes(digest) {
      const content = await orMissing(root, digest, (place) => readFile(place));
      if (digestOfBytes(content) !== digest) throw await setAside(root, digest);
      return content;
    },
    async copyTo(digest, path) {
      const copied = await orMissing(root, digest, (place) => copyHashing(place, path));
      if (copied !== digest) throw await setAside(root, digest);
    },
    has: (digest) => isThere(root, digest),
  };
}

function pathOf(root: string, folder: "objects" | "corrupt", digest: Digest): string {
  if (!isDigest(digest)) {
    const message = `${JSON.stringify(digest)} is no digest: give sha256: and 64 lower-case hexadecimal digits.`;
    throw new SlipwayError("input.invalid", message);
  }
  const hex = digest.slice("sha256:".length);
  return join(root, folder, hex.slice(0, 2), hex.slice(2));
}

async function isThere(root: string, digest: Digest, folder: "objects" | "corrupt" = "objects"): Promise<boolean> {
  try {
    return (await stat(pathOf(root, folder, digest))).isFile();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

async function orMissing<Value>(root: string, digest: Digest, read: (place: string) => Promise<Value>): Promise<Value> {
  const place = pathOf(root, "objects", digest);
  try {
    return await read(place);
  } catch (error) {
    if (codeOf(error) !== "ENOENT" || (await isThere(root, digest))) throw error;
    if (await isThere(root, digest, "corrupt")) throw corruption(root, digest);
    const message = `The artifact ${digest} is not in the store at ${root}: it was never stored there, or was removed.`;
    throw new SlipwayError("artifact.missing", message, { digest }, error);
  }
}

/** Moves a spoilt object out of the way, so that storing the right content again heals the store. */
async function setAside(root: string, digest: Digest): Promise<SlipwayError> {
  const place = pathOf(root, "objects", digest);
  // Someone may have healed it meanwhile, and what is right must stay.
  const again = await orMissing(root, digest, () => digestOfFile(place));
  if (again === digest) {
    const message = `The artifact ${digest} was read wrongly from the store at ${root}, but is right there. Try again.`;
    return new SlipwayError("backend.unavailable", message, { digest });
  }
  const aside = pathOf(root, "corrupt", digest);
  await mkdir(dirname(aside), { recursive: true });
  try {
    await rename(place, aside);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
  return corruption(root, digest);
}

function corruption(root: string, digest: Digest): SlipwayError {
  const message =
    `The artifact ${digest} in the store at ${root} no longer has the content of its digest ` +
    "(it was moved to the folder corrupt/). Store the right content again.";
  return new SlipwayError("artifact.corrupt", message, { digest });
}
