import { doublePrecision, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import type { AttemptOutcome } from "../../domain/job.ts";
import { atMs, digest, fact, recordedAtMs, tenant, words } from "./columns.ts";
import { ofRelease } from "./releases.ts";

export const jobAttempts = pgTable(
  "job_attempts",
  {
    tenant: tenant(),
    release: text("release").notNull(),
    job: text("job").notNull(),
    attempt: integer("attempt").notNull(),
    backend: text("backend").notNull(),
    /** Name and uid of the object in the backend. */
    name: text("name").notNull(),
    uid: text("uid").notNull(),
    specDigest: digest("spec_digest").notNull(),
    outcome: fact("outcome").$type<AttemptOutcome>(),
    resumedFromStep: integer("resumed_from_step"),
    recordedAtMs: recordedAtMs(),
  },
  (row) => [primaryKey({ columns: [row.tenant, row.release, row.job, row.attempt] }), ofRelease(row)],
);

/** What was held, by whom and for how long: the ground of cost and quotas. Append-only. */
export const usageIntervals = pgTable(
  "usage_intervals",
  {
    tenant: tenant(),
    release: text("release").notNull(),
    job: text("job").notNull(),
    attempt: integer("attempt").notNull(),
    execution: text("execution").notNull(),
    host: words("host").notNull(),
    cpus: doublePrecision("cpus").notNull(),
    gpus: doublePrecision("gpus").notNull(),
    state: text("state").notNull(),
    startAtMs: atMs("start_at_ms").notNull(),
    endAtMs: atMs("end_at_ms").notNull(),
    recordedAtMs: recordedAtMs(),
  },
  (row) => [
    primaryKey({ columns: [row.tenant, row.release, row.job, row.attempt, row.execution, row.state, row.startAtMs] }),
    ofRelease(row),
  ],
);
