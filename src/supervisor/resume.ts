import { join } from "node:path";
import type { CheckpointRef } from "../domain/job.ts";
import { attemptName, fenceOf, isSameJob, jobsFolder, type AttemptRecord } from "./attempt-record.ts";
import { committedFolders, markBad, readManifest, refTo, whyBad, type CheckpointManifest } from "./checkpoint.ts";
import { damageOf } from "./folder-manifest.ts";
import { readJson } from "./json-file.ts";
import { stateFolder, type StateFolder } from "./state-folder.ts";

/** An earlier attempt of the same job, whose state folder is still there. */
export interface EarlierAttempt {
  readonly folder: StateFolder;
  readonly record: AttemptRecord;
}

/** Where an attempt goes on. */
export interface ResumePoint {
  readonly ref: CheckpointRef;
  /** The folder with the checkpoint's files, and the one that holds it with its marks. */
  readonly dir: string;
  readonly checkpoints: string;
  readonly name: string;
}

/** The earlier attempts of a record's job, newest first. */
export async function earlierAttempts(record: AttemptRecord): Promise<readonly EarlierAttempt[]> {
  const found: EarlierAttempt[] = [];
  for (let attempt = record.spec.attempt - 1; attempt >= 1; attempt -= 1) {
    const folder = stateFolder(join(jobsFolder(record.home), attemptName(record.spec, attempt)));
    const earlier = await readJson<AttemptRecord>(folder.record);
    if (earlier !== undefined && isSameJob(earlier.spec, record.spec)) found.push({ folder, record: earlier });
  }
  return found;
}

/**
 * The checkpoint with the highest step whose files all verify by full hash. A damaged one is marked bad, and the one
 * before is tried. Whatever carries another fence than its attempt's is ignored.
 *
 * @param report is told of each checkpoint that is passed over
 */
export async function newestVerified(
  earlier: readonly EarlierAttempt[],
  report: (message: string) => Promise<void>,
): Promise<ResumePoint | undefined> {
  for (const { manifest, checkpoints, name } of await candidates(earlier)) {
    const dir = join(checkpoints, name);
    const known = await whyBad(checkpoints, name);
    const damage = known ?? (await damageOf(dir, manifest));
    if (damage === undefined) return { ref: refTo(manifest), dir, checkpoints, name };
    if (known === undefined) await markBad(checkpoints, name, damage);
    await report(`the checkpoint of step ${manifest.step} is not used: ${damage}`);
  }
  return undefined;
}

interface Candidate {
  readonly manifest: CheckpointManifest;
  readonly checkpoints: string;
  readonly name: string;
}

async function candidates(earlier: readonly EarlierAttempt[]): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for (const { folder, record } of earlier) {
    for (const { name } of await committedFolders(folder.checkpoints)) {
      const manifest = await readManifest(folder.checkpoints, name);
      if (manifest?.fence === fenceOf(record)) found.push({ manifest, checkpoints: folder.checkpoints, name });
    }
  }
  return found.toSorted(
    ({ manifest: left }, { manifest: right }) => right.step - left.step || right.attempt - left.attempt,
  );
}
