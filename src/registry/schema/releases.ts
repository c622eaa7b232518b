import { sql } from "drizzle-orm";
import { type ExtraConfigColumn, foreignKey, index, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import type { ReleasePlan } from "../../domain/plan.ts";
import type { ReleaseOutcome, ReleaseStage } from "../../domain/release.ts";
import type { GateReport } from "../../domain/verdict.ts";
import { atMs, digest, fact, recordedAtMs, sequence, tenant, words } from "./columns.ts";

/** Append-only: a plan never changes. */
export const plans = pgTable(
  "plans",
  {
    tenant: tenant(),
    digest: digest("digest").notNull(),
    plan: fact("plan").$type<ReleasePlan>().notNull(),
    recordedAtMs: recordedAtMs(),
  },
  (row) => [primaryKey({ columns: [row.tenant, row.digest] })],
);

export const releases = pgTable(
  "releases",
  {
    tenant: tenant(),
    release: text("release").notNull(),
    sequence: sequence(),
    firstExecutionRunId: text("first_execution_run_id").notNull(),
    pipeline: text("pipeline"),
    revision: integer("revision"),
    model: text("model").notNull(),
    team: text("team").notNull(),
    planDigest: digest("plan_digest").notNull(),
    trigger: words("trigger").notNull(),
    requestedBy: words("requested_by").notNull(),
    stage: text("stage").$type<ReleaseStage>().notNull(),
    outcome: text("outcome").$type<ReleaseOutcome>(),
    message: words("message"),
    version: text("version"),
    startedAtMs: recordedAtMs(),
    endedAtMs: atMs("ended_at_ms"),
    /** Of the exported Temporal history; absent until it lies in the evidence. */
    historyDigest: digest("history_digest"),
  },
  (row) => [
    primaryKey({ columns: [row.tenant, row.release] }),
    index().on(row.tenant, row.sequence),
    index().on(row.tenant, row.model, row.sequence),
    foreignKey({ columns: [row.tenant, row.planDigest], foreignColumns: [plans.tenant, plans.digest] }),
    index("releases_open")
      .on(row.tenant, row.sequence)
      .where(sql`outcome is null`),
    index("releases_unexported")
      .on(row.tenant, row.sequence)
      .where(sql`outcome is not null and history_digest is null`),
  ],
);

/** The key by which everything that belongs to a release refers to it. */
export const ofRelease = (row: { readonly tenant: ExtraConfigColumn; readonly release: ExtraConfigColumn }) =>
  foreignKey({ columns: [row.tenant, row.release], foreignColumns: [releases.tenant, releases.release] });

/** Append-only: the first report of a round stays. */
export const gateReports = pgTable(
  "gate_reports",
  {
    tenant: tenant(),
    release: text("release").notNull(),
    /** Counts the evaluations of a release, from 1. */
    round: integer("round").notNull(),
    reportDigest: digest("report_digest").notNull(),
    report: fact("report").$type<GateReport>().notNull(),
    recordedAtMs: recordedAtMs(),
  },
  (row) => [primaryKey({ columns: [row.tenant, row.release, row.round] }), ofRelease(row)],
);

/** What an evaluation of this model by this script on this data put out. Append-only. */
export const evaluations = pgTable(
  "evaluations",
  {
    tenant: tenant(),
    modelDigest: digest("model_digest").notNull(),
    evaluationDigest: digest("evaluation_digest").notNull(),
    datasetDigest: digest("dataset_digest").notNull(),
    output: digest("output").notNull(),
    release: text("release").notNull(),
    recordedAtMs: recordedAtMs(),
  },
  (row) => [primaryKey({ columns: [row.tenant, row.modelDigest, row.evaluationDigest, row.datasetDigest] })],
);
