import { and, asc, eq, isNull } from "drizzle-orm";
import { SlipwayError } from "../domain/errors.ts";
import type { AttemptOutcome } from "../domain/job.ts";
import type { Digest } from "../domain/json.ts";
import { SYSTEM_ACTOR, appendAudit } from "./audit.ts";
import { type Database, read, write } from "./database.ts";
import { present } from "./present.ts";
import { DEFAULT_TENANT } from "./schema/columns.ts";
import { jobAttempts } from "./schema/jobs.ts";

export interface AttemptKey {
  readonly release: string;
  /** Unique within the release. */
  readonly job: string;
  /** From 1. */
  readonly attempt: number;
}

/** An attempt and the object in its backend. */
export interface AttemptStart extends AttemptKey {
  readonly backend: string;
  readonly name: string;
  readonly uid: string;
  readonly specDigest: Digest;
}

export interface AttemptEnd extends AttemptKey {
  readonly outcome: AttemptOutcome;
  readonly resumedFromStep?: number | undefined;
}

export interface AttemptRecord extends AttemptStart {
  /** Absent while it runs. */
  readonly outcome?: AttemptOutcome;
  readonly resumedFromStep?: number;
  readonly recordedAtMs: number;
}

/**
 * Records that an attempt exists in its backend.
 * @throws {SlipwayError} `job.name-conflict` when this attempt was recorded with another object; `release.not-found`
 */
export async function recordAttempt(db: Database, start: AttemptStart): Promise<void> {
  const { release, job, attempt, backend, name, uid, specDigest } = start;
  await write(db, async (tx) => {
    const [added] = await tx
      .insert(jobAttempts)
      .values({ release, job, attempt, backend, name, uid, specDigest })
      .onConflictDoNothing()
      .returning({ uid: jobAttempts.uid });
    if (added === undefined) return refuseOther(await findAttempt(tx, start), start);
    const details = { job, attempt, backend, name, uid };
    await appendAudit(tx, { ...by(start), action: "attempt.started", digest: specDigest, details });
  });
}

function refuseOther(known: AttemptRecord | undefined, start: AttemptStart): void {
  if (known?.uid === start.uid && known.backend === start.backend) return;
  const message =
    `${labelOf(start)} is ${known?.name} (uid ${known?.uid}) in the registry, ` +
    `not ${start.name} (uid ${start.uid}): another object took its place.`;
  throw new SlipwayError("job.name-conflict", message, { ...keyIn(start) });
}

/**
 * Records how an attempt ended; the first ending stays.
 * @throws {SlipwayError} `job.not-found` when it was never recorded
 */
export async function finishAttempt(db: Database, end: AttemptEnd): Promise<void> {
  await write(db, async (tx) => {
    const [finished] = await tx
      .update(jobAttempts)
      .set({ outcome: end.outcome, resumedFromStep: end.resumedFromStep ?? null })
      .where(and(keyOf(end), isNull(jobAttempts.outcome)))
      .returning({ uid: jobAttempts.uid });
    if (finished === undefined) {
      if ((await findAttempt(tx, end)) !== undefined) return;
      const message = `${labelOf(end)} is not in the registry: it must be recorded before it can end.`;
      throw new SlipwayError("job.not-found", message, { ...keyIn(end) });
    }
    const { job, attempt, outcome, resumedFromStep } = end;
    const details = { job, attempt, outcome, resumedFromStep };
    await appendAudit(tx, { ...by(end), action: "attempt.ended", details });
  });
}

/** All attempts of a release's jobs, in the order of their recording. */
export async function listAttempts(db: Database, release: string): Promise<readonly AttemptRecord[]> {
  const rows = await read(
    db
      .select()
      .from(jobAttempts)
      .where(and(eq(jobAttempts.tenant, DEFAULT_TENANT), eq(jobAttempts.release, release)))
      .orderBy(asc(jobAttempts.recordedAtMs), asc(jobAttempts.job), asc(jobAttempts.attempt)),
  );
  return rows.map(recordOf);
}

async function findAttempt(tx: Database, key: AttemptKey): Promise<AttemptRecord | undefined> {
  const [row] = await tx.select().from(jobAttempts).where(keyOf(key));
  return row === undefined ? undefined : recordOf(row);
}

function keyOf({ release, job, attempt }: AttemptKey) {
  return and(
    eq(jobAttempts.tenant, DEFAULT_TENANT),
    eq(jobAttempts.release, release),
    eq(jobAttempts.job, job),
    eq(jobAttempts.attempt, attempt),
  );
}

function keyIn({ release, job, attempt }: AttemptKey): AttemptKey {
  return { release, job, attempt };
}

function labelOf({ release, job, attempt }: AttemptKey): string {
  return `Attempt ${attempt} of ${job} in ${release}`;
}

function by(key: AttemptKey) {
  return { actor: SYSTEM_ACTOR, subject: labelOf(key), release: key.release };
}

function recordOf(row: typeof jobAttempts.$inferSelect): AttemptRecord {
  return present(row, "tenant");
}
