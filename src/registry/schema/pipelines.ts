import { integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import type { Json } from "../../domain/json.ts";
import { digest, fact, recordedAtMs, tenant, words } from "./columns.ts";

/** Points at the newest revision of each pipeline, and is locked while one is added. */
export const pipelines = pgTable(
  "pipelines",
  { tenant: tenant(), name: text("name").notNull(), latestRevision: integer("latest_revision").notNull() },
  (row) => [primaryKey({ columns: [row.tenant, row.name] })],
);

/** Append-only. */
export const pipelineRevisions = pgTable(
  "pipeline_revisions",
  {
    tenant: tenant(),
    name: text("name").notNull(),
    /** From 1. */
    revision: integer("revision").notNull(),
    code: digest("code"),
    spec: fact("spec").$type<Json>().notNull(),
    specDigest: digest("spec_digest").notNull(),
    commit: text("commit"),
    registeredBy: words("registered_by").notNull(),
    recordedAtMs: recordedAtMs(),
  },
  (row) => [primaryKey({ columns: [row.tenant, row.name, row.revision] })],
);
