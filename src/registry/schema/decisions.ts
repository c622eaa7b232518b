import { index, integer, pgTable, primaryKey, text, unique } from "drizzle-orm/pg-core";
import type { ApprovalRequest, Decision, Refusal } from "../../domain/release.ts";
import { digest, fact, recordedAtMs, sequence, tenant } from "./columns.ts";
import { ofRelease } from "./releases.ts";

/** What people were asked. Append-only. */
export const approvalRequests = pgTable(
  "approval_requests",
  {
    tenant: tenant(),
    release: text("release").notNull(),
    round: integer("round").notNull(),
    requestDigest: digest("request_digest").notNull(),
    request: fact("request").$type<ApprovalRequest>().notNull(),
    recordedAtMs: recordedAtMs(),
  },
  (row) => [
    primaryKey({ columns: [row.tenant, row.release, row.round] }),
    unique().on(row.tenant, row.requestDigest),
    ofRelease(row),
  ],
);

/** What people decided. "Approved" is no column: it is a fold over these rows. Append-only. */
export const decisions = pgTable(
  "decisions",
  {
    tenant: tenant(),
    release: text("release").notNull(),
    /** Digest of the decision's id: what people send as one may be longer than a key can be. */
    decisionKey: digest("decision_key").notNull(),
    sequence: sequence(),
    requestDigest: digest("request_digest").notNull(),
    decision: fact("decision").$type<Decision>().notNull(),
    recordedAtMs: recordedAtMs(),
  },
  (row) => [
    primaryKey({ columns: [row.tenant, row.release, row.decisionKey] }),
    index().on(row.tenant, row.requestDigest, row.sequence),
    ofRelease(row),
  ],
);

/** Messages that did not count, and why. Append-only. */
export const refusals = pgTable(
  "refusals",
  {
    tenant: tenant(),
    release: text("release").notNull(),
    /** Counts the refusals of a release, as its workflow does. */
    number: integer("number").notNull(),
    refusal: fact("refusal").$type<Refusal>().notNull(),
    recordedAtMs: recordedAtMs(),
  },
  (row) => [primaryKey({ columns: [row.tenant, row.release, row.number] }), ofRelease(row)],
);
