import { and, desc, eq, lt } from "drizzle-orm";
import { inc } from "semver";
import { SlipwayError } from "../domain/errors.ts";
import type { Digest } from "../domain/json.ts";
import type { ModelVersion, VersionChange } from "../domain/model-version.ts";
import { findAliases } from "./aliases.ts";
import { SYSTEM_ACTOR, appendAudit } from "./audit.ts";
import { type Database, read, write } from "./database.ts";
import { limitOf, type Page, pageOf, readCursor } from "./page.ts";
import { present } from "./present.ts";
import { DEFAULT_TENANT } from "./schema/columns.ts";
import { models, modelVersions } from "./schema/models.ts";

/** A version and its place among those of its model. */
export interface RegisteredVersion extends ModelVersion {
  /** Counts the versions of the model, from 1. */
  readonly number: number;
  readonly change: VersionChange;
}

export type VersionRegistration = Omit<ModelVersion, "version" | "code" | "commit"> & {
  readonly code?: Digest | undefined;
  readonly commit?: string | undefined;
  readonly change: VersionChange;
};

/** Which part of the number a change raises. The first version is 1.0.0. */
const RAISES = { contract: "major", retrain: "minor", rebuild: "patch" } as const;

/**
 * Adds the version that a release made and gives it its number. A release makes one version of a model: registering it
 * again returns the one that is there.
 * @throws {SlipwayError} `registry.conflict` when the release registered other files before; `release.not-found`
 */
export async function registerVersion(db: Database, made: VersionRegistration): Promise<RegisteredVersion> {
  return write(db, async (tx) => {
    const key = and(eq(models.tenant, DEFAULT_TENANT), eq(models.name, made.model));
    await tx.insert(models).values({ name: made.model }).onConflictDoNothing();
    // Whoever holds the model's row is alone in choosing the next number.
    await tx.select({ name: models.name }).from(models).where(key).for("update");
    const known = await findVersion(tx, made.model, eq(modelVersions.release, made.release));
    if (known !== undefined) return refuseOther(known, made);
    const latest = await findVersion(tx, made.model);
    const version = latest === undefined ? "1.0.0" : raised(latest.version, made.change);
    const added = { ...made, version, number: (latest?.number ?? 0) + 1 };
    const [row] = await tx.insert(modelVersions).values(added).returning();
    await tx.update(models).set({ latestVersion: version }).where(key);
    const { model, release, digest, change, planDigest, cardDigest } = made;
    const entry = { actor: SYSTEM_ACTOR, action: "version.registered", subject: `${model} ${version}`, release, model };
    await appendAudit(tx, { ...entry, digest, details: { version, change, planDigest, cardDigest } });
    if (row === undefined) throw new Error("an insert without a conflict clause returns its row");
    return versionOf(row);
  });
}

function raised(version: string, change: VersionChange): string {
  const next = inc(version, RAISES[change]);
  if (next !== null) return next;
  throw new SlipwayError("environment.failed", `${version} in the registry is no semantic version.`);
}

function refuseOther(known: RegisteredVersion, made: VersionRegistration): RegisteredVersion {
  if (known.digest === made.digest) return known;
  const message = `${made.release} made ${known.model} ${known.version} (${known.digest}) before; it cannot make ${made.digest} too.`;
  throw new SlipwayError("registry.conflict", message, { release: made.release, model: made.model });
}

/**
 * The version that a reference names: a number (`1.2.0`), a digest (the newest with these files), or an alias
 * (`champion`, or `champion@production` where several environments have one).
 * @throws {SlipwayError} `version.not-found`; `input.invalid` when an alias means several versions
 */
export async function getVersion(db: Database, model: string, reference: string): Promise<RegisteredVersion> {
  const condition = reference.startsWith("sha256:")
    ? eq(modelVersions.digest, reference as Digest)
    : eq(modelVersions.version, await numberOf(db, model, reference));
  const found = await findVersion(db, model, condition);
  if (found !== undefined) return found;
  const message = `${model} has no version ${reference}. List its versions with: slipway registry show ${model}`;
  throw new SlipwayError("version.not-found", message, { model, reference });
}

/** The version's number where the reference is an alias, else the reference itself. */
async function numberOf(db: Database, model: string, reference: string): Promise<string> {
  if (/^\d/u.test(reference)) return reference;
  const [alias = "", environment] = reference.split("@", 2);
  const found = await findAliases(db, model, { alias, environment });
  const versions = new Set(found.map(({ version }) => version));
  if (versions.size < 2) return found[0]?.version ?? reference;
  const choices = found.map((one) => `${alias}@${one.environment} (${one.version})`).join(", ");
  throw new SlipwayError("input.invalid", `${reference} of ${model} means several versions: say ${choices}.`);
}

/** The versions of a model, newest first. `limit` is 1 to 500, 50 by default. */
export async function listVersions(
  db: Database,
  model: string,
  page: { readonly limit?: number | undefined; readonly cursor?: string | undefined } = {},
): Promise<Page<RegisteredVersion>> {
  const limit = limitOf(page.limit ?? 50);
  const before = page.cursor === undefined ? undefined : lt(modelVersions.number, readCursor(page.cursor));
  const rows = await read(
    db
      .select()
      .from(modelVersions)
      .where(and(ofModel(model), before))
      .orderBy(desc(modelVersions.number))
      .limit(limit + 1),
  );
  return pageOf({ rows, limit, sequenceOf: (row) => row.number, itemOf: versionOf });
}

async function findVersion(
  db: Database,
  model: string,
  condition?: ReturnType<typeof and>,
): Promise<RegisteredVersion | undefined> {
  const [row] = await read(
    db
      .select()
      .from(modelVersions)
      .where(and(ofModel(model), condition))
      .orderBy(desc(modelVersions.number))
      .limit(1),
  );
  return row === undefined ? undefined : versionOf(row);
}

function ofModel(model: string) {
  return and(eq(modelVersions.tenant, DEFAULT_TENANT), eq(modelVersions.model, model));
}

function versionOf(row: typeof modelVersions.$inferSelect): RegisteredVersion {
  return present(row, "tenant");
}
