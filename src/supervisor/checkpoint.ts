import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "../digest.ts";
import type { FileManifest } from "../domain/files.ts";
import type { CheckpointRef } from "../domain/job.ts";
import type { Digest } from "../domain/json.ts";
import { errorCodeOf } from "./error-code.ts";
import { commitJson, readJson } from "./json-file.ts";

/** What makes a checkpoint one: written after its files were hashed, beside its folder, as `step-N.manifest.json`. */
export interface CheckpointManifest extends FileManifest {
  readonly schema: "slipway.checkpoint/v1";
  readonly run: string;
  readonly job: string;
  readonly step: number;
  readonly attempt: number;
  readonly execution: number;
  /** Of the attempt that wrote it. */
  readonly fence: string;
  readonly createdAtMs: number;
  /** Digest of the manifest from which the attempt went on. */
  readonly parent?: Digest;
  readonly code?: Digest;
  /** Digests of the inputs by name. */
  readonly inputs: Readonly<Record<string, Digest>>;
}

/** Attempts that died right after going on from a checkpoint. At BAD_STRIKES it is not used any more. */
interface Strikes {
  readonly count: number;
  readonly reason: string;
}

/** One death by its own fault is enough; a kill from outside says little about the checkpoint, three say something. */
const BAD_STRIKES = 3;

const STEP_FOLDER = /^step-(\d{1,15})$/u;

/** A folder that the script committed by renaming it to `step-N`. */
export interface CommittedFolder {
  readonly name: string;
  readonly step: number;
}

/** All committed folders, by ascending step. Other names, such as `.tmp-N`, are no commits. */
export async function committedFolders(checkpoints: string): Promise<readonly CommittedFolder[]> {
  try {
    const entries = await readdir(checkpoints, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => {
        const step = STEP_FOLDER.exec(name)?.[1];
        return step === undefined ? [] : [{ name, step: Number(step) }];
      })
      .toSorted((left, right) => left.step - right.step);
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** Undefined while the folder's files have not been hashed. */
export function readManifest(checkpoints: string, name: string): Promise<CheckpointManifest | undefined> {
  return readJson<CheckpointManifest>(join(checkpoints, `${name}.manifest.json`));
}

export function writeManifest(checkpoints: string, name: string, manifest: CheckpointManifest): Promise<void> {
  return commitJson(join(checkpoints, `${name}.manifest.json`), manifest);
}

export function refTo(manifest: CheckpointManifest): CheckpointRef {
  return { step: manifest.step, digest: digestOf(manifest), fence: manifest.fence };
}

/** Marks a checkpoint as one that no attempt is to use. */
export async function markBad(checkpoints: string, name: string, reason: string): Promise<void> {
  await strike(checkpoints, name, BAD_STRIKES, reason);
}

/** Counts a death right after the checkpoint was loaded, by one that could have other causes. */
export async function markDoubtful(checkpoints: string, name: string, reason: string): Promise<void> {
  await strike(checkpoints, name, 1, reason);
}

/** Why the checkpoint is not to be used; undefined when it may be. */
export async function whyBad(checkpoints: string, name: string): Promise<string | undefined> {
  const strikes = await readStrikes(checkpoints, name);
  return strikes && strikes.count >= BAD_STRIKES ? strikes.reason : undefined;
}

/** Removes a checkpoint. Renamed first: what is left by a crash in the middle is no commit any more. */
export async function dropCheckpoint(checkpoints: string, name: string): Promise<void> {
  const dropped = join(checkpoints, `.dropped-${name}`);
  await rm(dropped, { recursive: true, force: true });
  try {
    await rename(join(checkpoints, name), dropped);
  } catch (error) {
    if (errorCodeOf(error) !== "ENOENT") throw error;
  }
  await rm(join(checkpoints, `${name}.manifest.json`), { force: true });
  await rm(strikesPath(checkpoints, name), { force: true });
  await rm(dropped, { recursive: true, force: true });
}

/** Removes what the script left unfinished: `.tmp-N`. */
export async function dropUnfinished(checkpoints: string): Promise<void> {
  for (const entry of await readdir(checkpoints)) {
    if (entry.startsWith(".tmp-")) await rm(join(checkpoints, entry), { recursive: true, force: true });
  }
}

async function strike(checkpoints: string, name: string, weight: number, reason: string): Promise<void> {
  const before = await readStrikes(checkpoints, name);
  await commitJson(strikesPath(checkpoints, name), { count: (before?.count ?? 0) + weight, reason } satisfies Strikes);
}

function readStrikes(checkpoints: string, name: string): Promise<Strikes | undefined> {
  return readJson<Strikes>(strikesPath(checkpoints, name));
}

function strikesPath(checkpoints: string, name: string): string {
  return join(checkpoints, `${name}.strikes.json`);
}
