import { createHash } from "node:crypto";
import { constants, createReadStream, createWriteStream } from "node:fs";
import { copyFile, open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { digestOfFile } from "../digest.ts";
import type { Digest } from "../domain/json.ts";
import { codeOf } from "./partial-files.ts";

/** What file systems answer that cannot share blocks between two files. */
const NO_CLONES: readonly (string | undefined)[] = ["ENOTSUP", "EOPNOTSUPP", "EXDEV", "EINVAL", "ENOSYS", "ENOTTY"];

const CHUNK_BYTES = 1 << 20;

/**
 * Copies a file of any size to a fresh path and returns the digest of the copy itself, so that a source which changes
 * meanwhile cannot lie about it. Shares blocks where the file system can; never a hard link, which a writer could spoil.
 */
export async function copyHashing(from: string, to: string): Promise<Digest> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return await digestOfFile(to);
  } catch (error) {
    if (!NO_CLONES.includes(codeOf(error))) throw error;
  }
  const hash = createHash("sha256");
  await pipeline(
    createReadStream(from, { highWaterMark: CHUNK_BYTES }),
    async function* tap(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(to, { mode: 0o644 }),
  );
  return `sha256:${hash.digest("hex")}`;
}

/** Waits until a file or folder is on the disk. */
export async function synchronize(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
