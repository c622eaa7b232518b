import { and, asc, desc, eq } from "drizzle-orm";
import { digestOf } from "../digest.ts";
import type { DataReport, Snapshot } from "../domain/data.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { Digest } from "../domain/json.ts";
import { SYSTEM_ACTOR, appendAudit } from "./audit.ts";
import { type Database, read, write } from "./database.ts";
import { DEFAULT_TENANT } from "./schema/columns.ts";
import { dataReports, snapshots } from "./schema/data.ts";

/**
 * Records which content a release uses under a data set's name.
 * @throws {SlipwayError} `data.changed` when the release used other content under this name; `release.not-found`
 */
export async function recordSnapshot(
  db: Database,
  used: { readonly release: string; readonly snapshot: Snapshot },
): Promise<void> {
  const { release, snapshot } = used;
  const { name, digest, sizeBytes, rows } = snapshot;
  await write(db, async (tx) => {
    const [added] = await tx
      .insert(snapshots)
      .values({ release, name, digest, sizeBytes, rows })
      .onConflictDoNothing()
      .returning({ digest: snapshots.digest });
    if (added === undefined) {
      const [known] = await tx
        .select()
        .from(snapshots)
        .where(and(ofRelease(release), eq(snapshots.name, name)));
      if (known?.digest === digest) return;
      const message = `The data set ${name} was pinned as ${known?.digest} in ${release} and is ${digest} now. Start a new release.`;
      throw new SlipwayError("data.changed", message, { release, dataset: name });
    }
    const details = { name, sizeBytes, rows };
    await appendAudit(tx, { actor: SYSTEM_ACTOR, action: "snapshot.pinned", subject: name, release, digest, details });
  });
}

/** The newest record of this content; undefined when no release has used it. */
export async function getSnapshot(db: Database, digest: Digest): Promise<Snapshot | undefined> {
  const [row] = await read(
    db
      .select()
      .from(snapshots)
      .where(and(eq(snapshots.tenant, DEFAULT_TENANT), eq(snapshots.digest, digest)))
      .orderBy(desc(snapshots.recordedAtMs))
      .limit(1),
  );
  return row === undefined ? undefined : snapshotOf(row);
}

/** What a release used, by name. */
export async function listSnapshots(db: Database, release: string): Promise<readonly Snapshot[]> {
  const rows = await read(db.select().from(snapshots).where(ofRelease(release)).orderBy(asc(snapshots.name)));
  return rows.map(snapshotOf);
}

/** Records what the contract's rules found; the first report on a data set of a release stays. */
export async function recordDataReport(
  db: Database,
  found: { readonly release: string; readonly report: DataReport },
): Promise<void> {
  const { release, report } = found;
  const { dataset, snapshot, status } = report;
  await write(db, async (tx) => {
    const reportDigest = digestOf(report);
    const [added] = await tx
      .insert(dataReports)
      .values({ release, dataset, snapshot, reportDigest, report })
      .onConflictDoNothing()
      .returning({ dataset: dataReports.dataset });
    if (added === undefined) return;
    await appendAudit(tx, {
      actor: SYSTEM_ACTOR,
      action: "data.checked",
      subject: dataset,
      release,
      digest: reportDigest,
      details: { snapshot, status },
    });
  });
}

/** The reports on a release's data sets, by name. */
export async function listDataReports(db: Database, release: string): Promise<readonly DataReport[]> {
  const rows = await read(
    db
      .select({ report: dataReports.report })
      .from(dataReports)
      .where(and(eq(dataReports.tenant, DEFAULT_TENANT), eq(dataReports.release, release)))
      .orderBy(asc(dataReports.dataset)),
  );
  return rows.map(({ report }) => report);
}

function ofRelease(release: string) {
  return and(eq(snapshots.tenant, DEFAULT_TENANT), eq(snapshots.release, release));
}

function snapshotOf({ name, digest, sizeBytes, rows }: typeof snapshots.$inferSelect): Snapshot {
  return { name, digest, sizeBytes, rows };
}
