import { and, asc, eq } from "drizzle-orm";
import type { AttemptKey } from "./jobs.ts";
import { SYSTEM_ACTOR, appendAudit } from "./audit.ts";
import { type Database, read, write } from "./database.ts";
import { present } from "./present.ts";
import { DEFAULT_TENANT } from "./schema/columns.ts";
import { usageIntervals } from "./schema/jobs.ts";

/** Processors and devices that an execution of an attempt held on a host, from one moment to another. */
export interface UsageInterval extends AttemptKey {
  /** Names the process or pod, such as its uid. */
  readonly execution: string;
  readonly host: string;
  readonly cpus: number;
  readonly gpus: number;
  /** Such as `running` or `checkpointing`: what the time was spent on. */
  readonly state: string;
  readonly startAtMs: number;
  readonly endAtMs: number;
}

/** Records an interval; the same execution, state and start once only. @throws {SlipwayError} `release.not-found` */
export async function recordUsage(db: Database, interval: UsageInterval): Promise<void> {
  await write(db, async (tx) => {
    const [added] = await tx
      .insert(usageIntervals)
      .values(interval)
      .onConflictDoNothing()
      .returning({ job: usageIntervals.job });
    if (added === undefined) return;
    const { release, job, attempt, ...details } = interval;
    const subject = `Attempt ${attempt} of ${job} in ${release}`;
    await appendAudit(tx, { actor: SYSTEM_ACTOR, action: "usage.recorded", subject, release, details });
  });
}

/** What a release used, in order of time. */
export async function listUsage(db: Database, release: string): Promise<readonly UsageInterval[]> {
  const rows = await read(
    db
      .select()
      .from(usageIntervals)
      .where(and(eq(usageIntervals.tenant, DEFAULT_TENANT), eq(usageIntervals.release, release)))
      .orderBy(asc(usageIntervals.startAtMs), asc(usageIntervals.job), asc(usageIntervals.attempt)),
  );
  return rows.map((row) => present(row, "tenant", "recordedAtMs"));
}
