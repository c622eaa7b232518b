import { and, desc, eq, isNull, lt, ne } from "drizzle-orm";
import { SlipwayError } from "../domain/errors.ts";
import type { Digest } from "../domain/json.ts";
import type { ReleasePlan } from "../domain/plan.ts";
import type { ReleaseOutcome, ReleaseStage } from "../domain/release.ts";
import { SYSTEM_ACTOR, appendAudit } from "./audit.ts";
import { type Database, read, write } from "./database.ts";
import { limitOf, type Page, pageOf, readCursor } from "./page.ts";
import { present } from "./present.ts";
import { DEFAULT_TENANT } from "./schema/columns.ts";
import { plans, releases } from "./schema/releases.ts";

export interface ReleaseOpening {
  /** Workflow id. */
  readonly release: string;
  readonly firstExecutionRunId: string;
  readonly pipeline?: string | undefined;
  readonly revision?: number | undefined;
  readonly model: string;
  readonly team: string;
  readonly plan: ReleasePlan;
  readonly planDigest: Digest;
  readonly trigger: string;
  readonly requestedBy: string;
}

export interface ReleaseRecord {
  readonly release: string;
  readonly firstExecutionRunId: string;
  readonly pipeline?: string;
  readonly revision?: number;
  readonly model: string;
  readonly team: string;
  readonly planDigest: Digest;
  readonly trigger: string;
  readonly requestedBy: string;
  readonly stage: ReleaseStage;
  /** Absent while it is open. */
  readonly outcome?: ReleaseOutcome;
  readonly message?: string;
  readonly version?: string;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
}

/**
 * Records that a release has begun, and its plan.
 * @throws {SlipwayError} `release.exists` when another run or another plan has this release id
 */
export async function openRelease(db: Database, opening: ReleaseOpening): Promise<void> {
  await write(db, async (tx) => {
    const { plan, ...release } = opening;
    await tx.insert(plans).values({ digest: opening.planDigest, plan }).onConflictDoNothing();
    const [opened] = await tx
      .insert(releases)
      .values({ ...release, stage: "planning" })
      .onConflictDoNothing()
      .returning({ release: releases.release });
    if (opened === undefined) return refuseOther(await getRelease(tx, opening.release), opening);
    await appendAudit(tx, {
      actor: opening.requestedBy,
      action: "release.opened",
      subject: opening.release,
      release: opening.release,
      model: opening.model,
      digest: opening.planDigest,
      details: { pipeline: opening.pipeline, revision: opening.revision, trigger: opening.trigger },
    });
  });
}

function refuseOther(known: ReleaseRecord, opening: ReleaseOpening): void {
  const same = known.firstExecutionRunId === opening.firstExecutionRunId && known.planDigest === opening.planDigest;
  if (same) return;
  const message = `The release id ${opening.release} is taken by the run ${known.firstExecutionRunId}. Use a fresh workflow id.`;
  throw new SlipwayError("release.exists", message, { release: opening.release });
}

/** Moves an open release to a stage. A closed one stays as it is. @throws {SlipwayError} `release.not-found` */
export async function setReleaseStage(db: Database, release: string, stage: ReleaseStage): Promise<void> {
  await write(db, async (tx) => {
    const [moved] = await tx
      .update(releases)
      .set({ stage })
      .where(and(keyOf(release), isNull(releases.outcome), ne(releases.stage, stage)))
      .returning({ model: releases.model });
    if (moved === undefined) return void (await getRelease(tx, release));
    const { model } = moved;
    const details = { stage };
    await appendAudit(tx, { ...by(release), action: "release.stage-entered", model, details });
  });
}

export interface ReleaseClosing {
  readonly outcome: ReleaseOutcome;
  readonly message: string;
  readonly version?: string | undefined;
  readonly endedAtMs: number;
}

/**
 * Records how a release ended; the first ending stays.
 * @throws {SlipwayError} `registry.conflict` when it ended otherwise before; `release.not-found`
 */
export async function closeRelease(db: Database, release: string, closing: ReleaseClosing): Promise<void> {
  await write(db, async (tx) => {
    const [closed] = await tx
      .update(releases)
      .set({ ...closing, stage: "closed" })
      .where(and(keyOf(release), isNull(releases.outcome)))
      .returning({ model: releases.model });
    if (closed === undefined) {
      const { outcome } = await getRelease(tx, release);
      if (outcome === closing.outcome) return;
      const message = `${release} has ended as ${outcome} before and cannot end as ${closing.outcome}.`;
      throw new SlipwayError("registry.conflict", message, { release });
    }
    const details = { outcome: closing.outcome, message: closing.message, version: closing.version };
    await appendAudit(tx, { ...by(release), action: "release.closed", model: closed.model, details });
  });
}

function by(release: string) {
  return { actor: SYSTEM_ACTOR, subject: release, release };
}

/** @throws {SlipwayError} `release.not-found` */
export async function getRelease(db: Database, release: string): Promise<ReleaseRecord> {
  const [row] = await read(db.select().from(releases).where(keyOf(release)));
  if (row !== undefined) return recordOf(row);
  const message = `There is no release ${release} in the registry. List them with: slipway list`;
  throw new SlipwayError("release.not-found", message, { release });
}

/** Releases, newest first. `outcome: "open"` gives those that have not ended. `limit` is 1 to 500, 50 by default. */
export async function listReleases(
  db: Database,
  wanted: {
    readonly model?: string | undefined;
    readonly outcome?: ReleaseOutcome | "open" | undefined;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  } = {},
): Promise<Page<ReleaseRecord>> {
  const limit = limitOf(wanted.limit ?? 50);
  const { model, outcome, cursor } = wanted;
  const conditions = [
    eq(releases.tenant, DEFAULT_TENANT),
    model === undefined ? undefined : eq(releases.model, model),
    outcome === "open" ? isNull(releases.outcome) : undefined,
    outcome === undefined || outcome === "open" ? undefined : eq(releases.outcome, outcome),
    cursor === undefined ? undefined : lt(releases.sequence, readCursor(cursor)),
  ];
  const rows = await read(
    db
      .select()
      .from(releases)
      .where(and(...conditions))
      .orderBy(desc(releases.sequence))
      .limit(limit + 1),
  );
  return pageOf({ rows, limit, sequenceOf: (row) => row.sequence, itemOf: recordOf });
}

/** The plan of this digest. @throws {SlipwayError} `release.not-found` */
export async function getPlan(db: Database, planDigest: Digest): Promise<ReleasePlan> {
  const [row] = await read(
    db
      .select({ plan: plans.plan })
      .from(plans)
      .where(and(eq(plans.tenant, DEFAULT_TENANT), eq(plans.digest, planDigest))),
  );
  if (row !== undefined) return row.plan;
  const message = `There is no plan ${planDigest} in the registry: no release was opened with it.`;
  throw new SlipwayError("release.not-found", message, { planDigest });
}

function keyOf(release: string) {
  return and(eq(releases.tenant, DEFAULT_TENANT), eq(releases.release, release));
}

function recordOf(row: typeof releases.$inferSelect): ReleaseRecord {
  return present(row, "tenant", "sequence");
}
