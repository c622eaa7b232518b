import { bigint, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import type { DataReport } from "../../domain/data.ts";
import { digest, fact, recordedAtMs, tenant } from "./columns.ts";
import { ofRelease } from "./releases.ts";

/** Which content a release used under which name. Append-only. */
export const snapshots = pgTable(
  "snapshots",
  {
    tenant: tenant(),
    release: text("release").notNull(),
    name: text("name").notNull(),
    digest: digest("digest").notNull(),
    sizeBytes: bigint("size_bytes", { mode: "number" }).notNull(),
    rows: bigint("rows", { mode: "number" }).notNull(),
    recordedAtMs: recordedAtMs(),
  },
  (row) => [primaryKey({ columns: [row.tenant, row.release, row.name] }), ofRelease(row)],
);

/** Append-only: the first report on a data set of a release stays. */
export const dataReports = pgTable(
  "data_reports",
  {
    tenant: tenant(),
    release: text("release").notNull(),
    dataset: text("dataset").notNull(),
    snapshot: digest("snapshot").notNull(),
    reportDigest: digest("report_digest").notNull(),
    report: fact("report").$type<DataReport>().notNull(),
    recordedAtMs: recordedAtMs(),
  },
  (row) => [primaryKey({ columns: [row.tenant, row.release, row.dataset] }), ofRelease(row)],
);
