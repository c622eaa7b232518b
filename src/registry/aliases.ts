import { and, asc, desc, eq } from "drizzle-orm";
import { SlipwayError } from "../domain/errors.ts";
import type { Digest } from "../domain/json.ts";
import { appendAudit } from "./audit.ts";
import { type Database, read, write } from "./database.ts";
import { present } from "./present.ts";
import { databaseNowMs, DEFAULT_TENANT } from "./schema/columns.ts";
import { aliases, aliasMoves, modelVersions } from "./schema/models.ts";

export interface AliasKey {
  readonly model: string;
  readonly environment: string;
  /** `champion`, `previous`, or a name of one's own. */
  readonly alias: string;
}

/** Where an alias points. */
export interface Alias extends AliasKey {
  readonly version: string;
  readonly digest: Digest;
  /** Of the version's own release. */
  readonly planDigest: Digest;
  readonly movedAtMs: number;
}

export interface AliasMove extends AliasKey {
  readonly to: string;
  /** The version it is believed to point at; undefined: it is believed not to exist. */
  readonly expected: string | undefined;
  readonly release?: string | undefined;
  readonly actor: string;
  readonly reason: string;
}

/** One entry of an alias's history. */
export interface RecordedMove extends AliasKey {
  readonly from?: string;
  readonly to: string;
  readonly release?: string;
  readonly actor: string;
  readonly reason: string;
  readonly recordedAtMs: number;
}

/** Where the alias points; undefined when it does not exist. */
export async function getAlias(db: Database, key: AliasKey): Promise<Alias | undefined> {
  const [found] = await findAliases(db, key.model, key);
  return found;
}

/** The aliases of a model, by environment and name: all, or those that are asked for. */
export async function findAliases(
  db: Database,
  model: string,
  wanted: { readonly alias?: string | undefined; readonly environment?: string | undefined } = {},
): Promise<readonly Alias[]> {
  const rows = await read(
    db
      .select({ row: aliases, digest: modelVersions.digest, planDigest: modelVersions.planDigest })
      .from(aliases)
      .innerJoin(
        modelVersions,
        and(
          eq(modelVersions.tenant, aliases.tenant),
          eq(modelVersions.model, aliases.model),
          eq(modelVersions.version, aliases.version),
        ),
      )
      .where(
        and(
          eq(aliases.tenant, DEFAULT_TENANT),
          eq(aliases.model, model),
          wanted.environment === undefined ? undefined : eq(aliases.environment, wanted.environment),
          wanted.alias === undefined ? undefined : eq(aliases.alias, wanted.alias),
        ),
      )
      .orderBy(asc(aliases.environment), asc(aliases.alias)),
  );
  return rows.map(({ row, ...digests }) => ({ ...present(row, "tenant"), ...digests }));
}

/**
 * Points an alias at a version if it still points where it is believed to. The same move by the same release done twice
 * is done once.
 * @throws {SlipwayError} `registry.conflict` when it points elsewhere; `version.not-found`
 */
export async function moveAlias(db: Database, move: AliasMove): Promise<void> {
  const { model, environment, alias, to, expected } = move;
  await write(db, async (tx) => {
    const [held] = await tx.select().from(aliases).where(keyOf(move)).for("update");
    if (held?.version === to && (to === expected || (await isRepeat(tx, move)))) return;
    if (held?.version !== expected) throw conflict(move, held?.version);
    await requireVersion(tx, model, to);
    const added =
      held === undefined
        ? await tx.insert(aliases).values({ model, environment, alias, version: to }).onConflictDoNothing().returning()
        : await tx.update(aliases).set({ version: to, movedAtMs: databaseNowMs }).where(keyOf(move)).returning();
    // Another client made the alias between our look and our insert.
    if (added.length === 0) throw conflict(move, "another version");
    const { release, actor, reason } = move;
    await tx.insert(aliasMoves).values({ model, environment, alias, from: expected, to, release, actor, reason });
    await appendAudit(tx, {
      actor,
      action: "alias.moved",
      subject: `${alias} of ${model} in ${environment}`,
      model,
      ...(release === undefined ? {} : { release }),
      details: { alias, environment, from: expected, to, reason },
    });
  });
}

/** Every move of a model's aliases, newest first. `limit` is 100 by default. */
export async function listAliasMoves(db: Database, model: string, limit = 100): Promise<readonly RecordedMove[]> {
  const rows = await read(
    db
      .select()
      .from(aliasMoves)
      .where(and(eq(aliasMoves.tenant, DEFAULT_TENANT), eq(aliasMoves.model, model)))
      .orderBy(desc(aliasMoves.sequence))
      .limit(limit),
  );
  return rows.map((row) => present(row, "tenant", "sequence"));
}

/** Was the last move of this alias this very one? Then a retry asks for what is done. */
async function isRepeat(tx: Database, move: AliasMove): Promise<boolean> {
  const [last] = await tx
    .select()
    .from(aliasMoves)
    .where(
      and(
        eq(aliasMoves.tenant, DEFAULT_TENANT),
        eq(aliasMoves.model, move.model),
        eq(aliasMoves.environment, move.environment),
        eq(aliasMoves.alias, move.alias),
      ),
    )
    .orderBy(desc(aliasMoves.sequence))
    .limit(1);
  return (last?.release ?? undefined) === move.release && (last?.from ?? undefined) === move.expected;
}

async function requireVersion(tx: Database, model: string, version: string): Promise<void> {
  const [found] = await tx
    .select({ version: modelVersions.version })
    .from(modelVersions)
    .where(
      and(eq(modelVersions.tenant, DEFAULT_TENANT), eq(modelVersions.model, model), eq(modelVersions.version, version)),
    );
  if (found !== undefined) return;
  const message = `${model} has no version ${version} that an alias could point at.`;
  throw new SlipwayError("version.not-found", message, { model, version });
}

function conflict(move: AliasMove, actual: string | undefined): SlipwayError {
  const { model, environment, alias, to, expected } = move;
  const message =
    `${alias} of ${model} in ${environment} is ${actual ?? "nothing"}, not ${expected ?? "nothing"}: ` +
    `it was not moved to ${to}. Look at it again and decide anew.`;
  return new SlipwayError("registry.conflict", message, { model, environment, alias });
}

function keyOf({ model, environment, alias }: AliasKey) {
  return and(
    eq(aliases.tenant, DEFAULT_TENANT),
    eq(aliases.model, model),
    eq(aliases.environment, environment),
    eq(aliases.alias, alias),
  );
}
