import { stat } from "node:fs/promises";
import { join } from "node:path";
import { SlipwayError } from "../domain/errors.ts";
import type { FileEntry } from "../domain/files.ts";
import type { CheckpointRef } from "../domain/job.ts";
import {
  committedFolders,
  dropCheckpoint,
  markBad,
  readManifest,
  refTo,
  writeManifest,
  type CheckpointManifest,
  type CommittedFolder,
} from "./checkpoint.ts";
import { errorCodeOf } from "./error-code.ts";
import { manifestOfFolder } from "./folder-manifest.ts";

/** Verified checkpoints that an attempt keeps. */
const KEPT_CHECKPOINTS = 3;

/** Everything of the manifest but what is found in the folder. */
export type CheckpointOrigin = Omit<CheckpointManifest, "step" | "files" | "createdAtMs">;

export interface CheckpointWatch {
  /** Hashes what was newly committed, writes the manifests and drops the oldest. May be called again after an error. */
  readonly scan: () => Promise<void>;
  /** The newest that was verified; undefined until there is one. */
  readonly newest: () => CheckpointRef | undefined;
}

/**
 * Watches an attempt's checkpoint folder. @param earlier the checkpoint folders of earlier attempts: emptied once this
 * attempt has as many of its own as are kept
 */
export function watchCheckpoints(
  checkpoints: string,
  origin: CheckpointOrigin,
  earlier: readonly string[],
): CheckpointWatch {
  /** What the folders that were handled looked like: a script may commit a step again after going back. */
  const handled = new Map<string, string>();
  let newest: CheckpointRef | undefined;

  async function commit({ name, step }: CommittedFolder): Promise<void> {
    const { ino, ctimeMs, mtimeMs } = await stat(join(checkpoints, name));
    const look = [ino, ctimeMs, mtimeMs].join(" ");
    if (handled.get(name) === look) return;
    const files = await filesOf(checkpoints, name);
    if (files.length > 0) {
      const manifest = { ...origin, step, files, createdAtMs: Date.now() };
      await writeManifest(checkpoints, name, manifest);
      newest = refTo(manifest);
    }
    handled.set(name, look);
  }

  async function scan(): Promise<void> {
    for (const folder of await committedFolders(checkpoints)) {
      try {
        await commit(folder);
      } catch (error) {
        // Removed by the script itself while it was read.
        if (errorCodeOf(error) !== "ENOENT") throw error;
      }
    }
    await retain(checkpoints, earlier);
  }

  return { scan, newest: () => newest };
}

async function filesOf(checkpoints: string, name: string): Promise<readonly FileEntry[]> {
  try {
    return (await manifestOfFolder(join(checkpoints, name))).files;
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    await markBad(checkpoints, name, error.message);
    return [];
  }
}

async function retain(checkpoints: string, earlier: readonly string[]): Promise<void> {
  const verified: string[] = [];
  for (const { name } of await committedFolders(checkpoints)) {
    if ((await readManifest(checkpoints, name)) !== undefined) verified.push(name);
  }
  for (const name of verified.slice(0, -KEPT_CHECKPOINTS)) await dropCheckpoint(checkpoints, name);
  if (verified.length < KEPT_CHECKPOINTS) return;
  for (const folder of earlier) {
    for (const { name } of await committedFolders(folder)) await dropCheckpoint(folder, name);
  }
}
