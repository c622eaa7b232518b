import { randomUUID } from "node:crypto";
import { link, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { errorCodeOf } from "./error-code.ts";

/** Reads a JSON file that commitJson or createJson wrote; undefined when there is none. */
export async function readJson<Shape>(path: string): Promise<Shape | undefined> {
  try {
    // Only our own processes write here, and only by rename: what is there is whole.
    return JSON.parse(await readFile(path, "utf8")) as Shape;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCodeOf(error) ?? "")) return undefined;
    throw error;
  }
}

/** As readJson, for a file that replaceJson wrote: one that a loss of power left unreadable counts as none. */
export async function readVolatileJson<Shape>(path: string): Promise<Shape | undefined> {
  try {
    return await readJson<Shape>(path);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Replaces a file at once: a reader sees the old content or the new. It may be lost with the machine's power. */
export async function replaceJson(path: string, value: unknown): Promise<void> {
  const partial = await writePartial(path, value, false);
  await settle(partial, () => rename(partial, path));
}

/** As replaceJson, and the content is on the disk when this returns. */
export async function commitJson(path: string, value: unknown): Promise<void> {
  const partial = await writePartial(path, value, true);
  await settle(partial, () => rename(partial, path));
  await syncFolder(dirname(path));
}

/** Creates a file, whole and on the disk. @returns false, with nothing changed, when it is there already */
export async function createJson(path: string, value: unknown): Promise<boolean> {
  const partial = await writePartial(path, value, true);
  try {
    await link(partial, path);
  } catch (error) {
    if (errorCodeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    await rm(partial, { force: true });
  }
  await syncFolder(dirname(path));
  return true;
}

async function writePartial(path: string, value: unknown, durable: boolean): Promise<string> {
  const partial = `${path}.${randomUUID()}.tmp`;
  const file = await open(partial, "wx");
  try {
    await settle(partial, async () => {
      await file.writeFile(JSON.stringify(value));
      if (durable) await file.sync();
    });
  } finally {
    await file.close();
  }
  return partial;
}

async function settle(partial: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
