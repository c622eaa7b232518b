import { and, asc, eq, isNotNull, isNull } from "drizzle-orm";
import type { Digest } from "../domain/json.ts";
import { appendAudit, SYSTEM_ACTOR } from "./audit.ts";
import { type Database, read, write } from "./database.ts";
import { DEFAULT_TENANT } from "./schema/columns.ts";
import { releases } from "./schema/releases.ts";

/** A closed release whose Temporal history does not lie in its evidence yet. */
export interface UnexportedRelease {
  readonly release: string;
  readonly firstExecutionRunId: string;
}

/** The oldest of them. `limit` is 1 to 500. */
export async function listUnexported(db: Database, limit: number): Promise<readonly UnexportedRelease[]> {
  return read(
    db
      .select({ release: releases.release, firstExecutionRunId: releases.firstExecutionRunId })
      .from(releases)
      .where(and(eq(releases.tenant, DEFAULT_TENANT), isNotNull(releases.outcome), isNull(releases.historyDigest)))
      .orderBy(asc(releases.sequence))
      .limit(limit),
  );
}

/** Records that a release's history was exported, with the digest of the file; the first export stays. */
export async function recordHistory(
  db: Database,
  exported: { readonly release: string; readonly digest: Digest },
): Promise<void> {
  const { release, digest } = exported;
  await write(db, async (tx) => {
    const [recorded] = await tx
      .update(releases)
      .set({ historyDigest: digest })
      .where(and(eq(releases.tenant, DEFAULT_TENANT), eq(releases.release, release), isNull(releases.historyDigest)))
      .returning({ model: releases.model });
    if (recorded === undefined) return;
    await appendAudit(tx, {
      actor: SYSTEM_ACTOR,
      action: "history.exported",
      subject: release,
      release,
      model: recorded.model,
      digest,
    });
  });
}
