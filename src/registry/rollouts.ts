import { and, asc, eq, isNull } from "drizzle-orm";
import { SYSTEM_ACTOR, appendAudit } from "./audit.ts";
import { type Database, read, write } from "./database.ts";
import { present } from "./present.ts";
import { DEFAULT_TENANT } from "./schema/columns.ts";
import { rolloutResults, rollouts, rolloutWatches } from "./schema/endpoints.ts";

export interface RolloutOpening {
  /** Workflow id. */
  readonly rollout: string;
  readonly release: string;
  readonly environment: string;
  readonly endpoint: string;
  readonly version: string;
  /** The version it is compared with; absent for a first one. */
  readonly champion?: string | undefined;
}

/** One watch over one stage: what it ended in and on which evidence. */
export interface StageRecord {
  readonly rollout: string;
  /** Counts the watches of a roll-out, from 1: a stage is watched again after a pause. */
  readonly watched: number;
  /** Index of the stage, from 0. */
  readonly step: number;
  /** JSON. */
  readonly result: unknown;
  /** JSON: verdicts and the counts they were made from. */
  readonly judgement: unknown;
  readonly samples: number;
  readonly elapsedMs: number;
}

export interface RolloutRecord {
  readonly rollout: string;
  readonly release: string;
  readonly environment: string;
  readonly endpoint: string;
  readonly version: string;
  readonly champion?: string;
  /** Absent while it goes on. */
  readonly outcome?: string;
  readonly message?: string;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  readonly stages: readonly StageRecord[];
}

/** Records that a roll-out has begun; the same again is nothing new. @throws {SlipwayError} `release.not-found` */
export async function recordRollout(db: Database, opening: RolloutOpening): Promise<void> {
  const { rollout, release, environment, endpoint, version, champion } = opening;
  await write(db, async (tx) => {
    const [added] = await tx
      .insert(rollouts)
      .values({ rollout, release, environment, endpoint, version, champion })
      .onConflictDoNothing()
      .returning({ rollout: rollouts.rollout });
    if (added === undefined) return;
    const details = { environment, endpoint, version, champion };
    await appendAudit(tx, { actor: SYSTEM_ACTOR, action: "rollout.started", subject: rollout, release, details });
  });
}

/** Records when a watch over a stage began and returns it: the first one's time when it had begun before. */
export async function beginStage(
  db: Database,
  begun: { readonly rollout: string; readonly watched: number; readonly step: number; readonly atMs: number },
): Promise<number> {
  const { rollout, watched, step, atMs } = begun;
  return write(db, async (tx) => {
    const [added] = await tx
      .insert(rolloutWatches)
      .values({ rollout, watched, step, startedAtMs: atMs })
      .onConflictDoNothing()
      .returning({ startedAtMs: rolloutWatches.startedAtMs });
    if (added !== undefined) {
      const release = await releaseOf(tx, rollout);
      await appendAudit(tx, { ...by(rollout, release), action: "stage.begun", details: { watched, step } });
      return added.startedAtMs;
    }
    const [known] = await tx
      .select({ startedAtMs: rolloutWatches.startedAtMs })
      .from(rolloutWatches)
      .where(
        and(
          eq(rolloutWatches.tenant, DEFAULT_TENANT),
          eq(rolloutWatches.rollout, rollout),
          eq(rolloutWatches.watched, watched),
        ),
      );
    return known?.startedAtMs ?? atMs;
  });
}

/** Records what a watch ended in; the first result of a watch stays. */
export async function recordStage(db: Database, stage: StageRecord): Promise<void> {
  const { rollout, watched, step, result, judgement, samples, elapsedMs } = stage;
  await write(db, async (tx) => {
    const [added] = await tx
      .insert(rolloutResults)
      .values({ rollout, watched, step, result, judgement, samples, elapsedMs })
      .onConflictDoNothing()
      .returning({ watched: rolloutResults.watched });
    if (added === undefined) return;
    const release = await releaseOf(tx, rollout);
    const details = { watched, step, result, samples, elapsedMs };
    await appendAudit(tx, { ...by(rollout, release), action: "stage.judged", details });
  });
}

/** Records how a roll-out ended; the first ending stays, and one that never began has nothing to end. */
export async function finishRollout(
  db: Database,
  end: { readonly rollout: string; readonly outcome: string; readonly message: string; readonly atMs: number },
): Promise<void> {
  const { rollout, outcome, message, atMs } = end;
  await write(db, async (tx) => {
    const [ended] = await tx
      .update(rollouts)
      .set({ outcome, message, endedAtMs: atMs })
      .where(and(eq(rollouts.tenant, DEFAULT_TENANT), eq(rollouts.rollout, rollout), isNull(rollouts.outcome)))
      .returning({ release: rollouts.release });
    if (ended === undefined) return;
    await appendAudit(tx, { ...by(rollout, ended.release), action: "rollout.ended", details: { outcome, message } });
  });
}

/** The roll-outs of a release with what their watches found, in order of time. */
export async function listRollouts(db: Database, release: string): Promise<readonly RolloutRecord[]> {
  const rows = await read(
    db
      .select()
      .from(rollouts)
      .where(and(eq(rollouts.tenant, DEFAULT_TENANT), eq(rollouts.release, release)))
      .orderBy(asc(rollouts.startedAtMs), asc(rollouts.rollout)),
  );
  const stages = await read(
    db
      .select({ stage: rolloutResults })
      .from(rolloutResults)
      .innerJoin(
        rollouts,
        and(eq(rollouts.tenant, rolloutResults.tenant), eq(rollouts.rollout, rolloutResults.rollout)),
      )
      .where(and(eq(rollouts.tenant, DEFAULT_TENANT), eq(rollouts.release, release)))
      .orderBy(asc(rolloutResults.rollout), asc(rolloutResults.watched)),
  );
  return rows.map((row) => ({
    ...present(row, "tenant"),
    stages: stages.filter(({ stage }) => stage.rollout === row.rollout).map(({ stage }) => stageOf(stage)),
  }));
}

function stageOf(row: typeof rolloutResults.$inferSelect): StageRecord {
  const { rollout, watched, step, result, judgement, samples, elapsedMs } = row;
  return { rollout, watched, step, result, judgement, samples, elapsedMs };
}

async function releaseOf(tx: Database, rollout: string): Promise<string | undefined> {
  const [row] = await tx
    .select({ release: rollouts.release })
    .from(rollouts)
    .where(and(eq(rollouts.tenant, DEFAULT_TENANT), eq(rollouts.rollout, rollout)));
  return row?.release;
}

function by(rollout: string, release: string | undefined) {
  return { actor: SYSTEM_ACTOR, subject: rollout, ...(release === undefined ? {} : { release }) };
}
