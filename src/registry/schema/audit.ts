import { bigint, index, pgTable, text } from "drizzle-orm/pg-core";
import { digest, fact, recordedAtMs, tenant, words } from "./columns.ts";

/** Who did what, when, to what. Append-only; each row is written in the transaction of the change it tells of. */
export const auditRows = pgTable(
  "audit_rows",
  {
    tenant: tenant(),
    sequence: bigint("sequence", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    recordedAtMs: recordedAtMs(),
    actor: words("actor").notNull(),
    action: text("action").notNull(),
    release: text("release"),
    model: text("model"),
    subject: words("subject").notNull(),
    digest: digest("digest"),
    details: fact("details").$type<Readonly<Record<string, unknown>>>().notNull(),
  },
  (row) => [
    index().on(row.tenant, row.sequence),
    index().on(row.tenant, row.release, row.sequence),
    index().on(row.tenant, row.model, row.sequence),
  ],
);
