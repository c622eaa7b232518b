import { and, asc, desc, eq, gt } from "drizzle-orm";
import { digestOf } from "../digest.ts";
import type { Digest, Json } from "../domain/json.ts";
import { appendAudit } from "./audit.ts";
import { type Database, read, write } from "./database.ts";
import { present } from "./present.ts";
import { DEFAULT_TENANT } from "./schema/columns.ts";
import { pipelineRevisions, pipelines } from "./schema/pipelines.ts";

export interface PipelineRegistration {
  readonly name: string;
  /** File manifest of the packed folder; absent for a spec without files. */
  readonly code?: Digest | undefined;
  readonly spec: Json;
  readonly specDigest: Digest;
  readonly commit?: string | undefined;
  readonly registeredBy: string;
}

export interface PipelineRevision {
  readonly name: string;
  /** From 1. */
  readonly revision: number;
  readonly code?: Digest;
  readonly spec: Json;
  readonly specDigest: Digest;
  readonly commit?: string;
  readonly registeredBy: string;
  readonly recordedAtMs: number;
}

/**
 * Adds a revision of a pipeline. Registering what the newest revision already is (the same code and spec) adds nothing
 * and returns that revision.
 */
export async function registerPipeline(
  db: Database,
  pipeline: PipelineRegistration,
): Promise<{ readonly revision: number; readonly created: boolean }> {
  return write(db, async (tx) => {
    const key = and(eq(pipelines.tenant, DEFAULT_TENANT), eq(pipelines.name, pipeline.name));
    await tx.insert(pipelines).values({ name: pipeline.name, latestRevision: 0 }).onConflictDoNothing();
    const [pointer] = await tx.select().from(pipelines).where(key).for("update");
    const latest = pointer?.latestRevision ?? 0;
    const known = latest === 0 ? undefined : await getPipeline(tx, pipeline.name, latest);
    if (known !== undefined && contentOf(known) === contentOf(pipeline)) return { revision: latest, created: false };
    const revision = latest + 1;
    await tx.insert(pipelineRevisions).values({ ...pipeline, revision });
    await tx.update(pipelines).set({ latestRevision: revision }).where(key);
    await appendAudit(tx, {
      actor: pipeline.registeredBy,
      action: "pipeline.registered",
      subject: `${pipeline.name} revision ${revision}`,
      digest: pipeline.specDigest,
      details: { pipeline: pipeline.name, revision, code: pipeline.code, commit: pipeline.commit },
    });
    return { revision, created: true };
  });
}

/** A revision of a pipeline, the newest when none is named; undefined when there is none. */
export async function getPipeline(
  db: Database,
  name: string,
  revision?: number,
): Promise<PipelineRevision | undefined> {
  const [row] = await read(
    db
      .select()
      .from(pipelineRevisions)
      .where(
        and(
          eq(pipelineRevisions.tenant, DEFAULT_TENANT),
          eq(pipelineRevisions.name, name),
          revision === undefined ? undefined : eq(pipelineRevisions.revision, revision),
        ),
      )
      .orderBy(desc(pipelineRevisions.revision))
      .limit(1),
  );
  return row === undefined ? undefined : revisionOf(row);
}

/** The newest revision of every pipeline, by name. `after` is the last name of the page before. */
export async function listPipelines(
  db: Database,
  page: { readonly after?: string; readonly limit?: number } = {},
): Promise<readonly PipelineRevision[]> {
  const rows = await read(
    db
      .select({ row: pipelineRevisions })
      .from(pipelines)
      .innerJoin(
        pipelineRevisions,
        and(
          eq(pipelineRevisions.tenant, pipelines.tenant),
          eq(pipelineRevisions.name, pipelines.name),
          eq(pipelineRevisions.revision, pipelines.latestRevision),
        ),
      )
      .where(
        and(
          eq(pipelines.tenant, DEFAULT_TENANT),
          page.after === undefined ? undefined : gt(pipelines.name, page.after),
        ),
      )
      .orderBy(asc(pipelines.name))
      .limit(page.limit ?? 100),
  );
  return rows.map(({ row }) => revisionOf(row));
}

function revisionOf(row: typeof pipelineRevisions.$inferSelect): PipelineRevision {
  return { ...present(row, "tenant"), spec: row.spec };
}

/** The commit does not count: the same files may be found at many commits. */
function contentOf(pipeline: Pick<PipelineRegistration, "code" | "specDigest">): Digest {
  return digestOf({ code: pipeline.code ?? null, spec: pipeline.specDigest });
}
