import { foreignKey, index, integer, pgTable, primaryKey, text, unique } from "drizzle-orm/pg-core";
import type { Digest } from "../../domain/json.ts";
import type { ModelVersion, VersionChange } from "../../domain/model-version.ts";
import { atMs, digest, fact, recordedAtMs, sequence, tenant, words } from "./columns.ts";
import { ofRelease } from "./releases.ts";

/** Points at the newest version of each model, and is locked while one is added. */
export const models = pgTable(
  "models",
  {
    tenant: tenant(),
    name: text("name").notNull(),
    latestVersion: text("latest_version"),
    recordedAtMs: recordedAtMs(),
  },
  (row) => [primaryKey({ columns: [row.tenant, row.name] })],
);

/** Append-only. */
export const modelVersions = pgTable(
  "model_versions",
  {
    tenant: tenant(),
    model: text("model").notNull(),
    version: text("version").notNull(),
    /** Counts the versions of a model, from 1. */
    number: integer("number").notNull(),
    digest: digest("digest").notNull(),
    release: text("release").notNull(),
    planDigest: digest("plan_digest").notNull(),
    code: digest("code"),
    commit: text("commit"),
    datasets: fact("datasets").$type<Readonly<Record<string, Digest>>>().notNull(),
    trainedFrom: fact("trained_from").$type<ModelVersion["trainedFrom"]>().notNull(),
    cardDigest: digest("card_digest").notNull(),
    change: text("change").$type<VersionChange>().notNull(),
    createdAtMs: atMs("created_at_ms").notNull(),
  },
  (row) => [
    primaryKey({ columns: [row.tenant, row.model, row.version] }),
    unique().on(row.tenant, row.model, row.number),
    unique().on(row.tenant, row.model, row.release),
    index().on(row.tenant, row.model, row.digest),
    foreignKey({ columns: [row.tenant, row.model], foreignColumns: [models.tenant, models.name] }),
    ofRelease(row),
  ],
);

export const aliases = pgTable(
  "aliases",
  {
    tenant: tenant(),
    model: text("model").notNull(),
    environment: text("environment").notNull(),
    alias: text("alias").notNull(),
    version: text("version").notNull(),
    movedAtMs: recordedAtMs(),
  },
  (row) => [
    primaryKey({ columns: [row.tenant, row.model, row.environment, row.alias] }),
    foreignKey({
      columns: [row.tenant, row.model, row.version],
      foreignColumns: [modelVersions.tenant, modelVersions.model, modelVersions.version],
    }),
  ],
);

/** Every move of every alias, in order. Append-only. */
export const aliasMoves = pgTable(
  "alias_moves",
  {
    tenant: tenant(),
    sequence: sequence(),
    model: text("model").notNull(),
    environment: text("environment").notNull(),
    alias: text("alias").notNull(),
    /** Absent: the alias did not exist before. */
    from: text("from_version"),
    to: text("to_version").notNull(),
    release: text("release"),
    actor: words("actor").notNull(),
    reason: words("reason").notNull(),
    recordedAtMs: recordedAtMs(),
  },
  (row) => [primaryKey({ columns: [row.tenant, row.model, row.environment, row.alias, row.sequence] })],
);
