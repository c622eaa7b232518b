import { and, asc, eq } from "drizzle-orm";
import { SlipwayError } from "../domain/errors.ts";
import type { Digest } from "../domain/json.ts";
import type { GateReport } from "../domain/verdict.ts";
import { SYSTEM_ACTOR, appendAudit } from "./audit.ts";
import { type Database, read, write } from "./database.ts";
import { DEFAULT_TENANT } from "./schema/columns.ts";
import { gateReports } from "./schema/releases.ts";

export interface RecordedGateReport {
  readonly release: string;
  /** Counts the evaluations of a release, from 1. */
  readonly round: number;
  readonly reportDigest: Digest;
  readonly report: GateReport;
}

/**
 * Records a round's report. Once recorded it stays: the same again is nothing new.
 * @throws {SlipwayError} `registry.conflict` when the round ended in another conclusion before; `release.not-found`
 */
export async function recordGateReport(db: Database, recorded: RecordedGateReport): Promise<void> {
  const { release, round, reportDigest, report } = recorded;
  await write(db, async (tx) => {
    const [added] = await tx
      .insert(gateReports)
      .values({ release, round, reportDigest, report })
      .onConflictDoNothing()
      .returning({ round: gateReports.round });
    if (added === undefined) {
      const known = (await getGateReports(tx, release)).find((one) => one.round === round);
      if (known?.reportDigest === reportDigest) return;
      const message = `Round ${round} of ${release} was judged before, in report ${known?.reportDigest}; ${reportDigest} cannot replace it.`;
      throw new SlipwayError("registry.conflict", message, { release, round });
    }
    await appendAudit(tx, {
      actor: SYSTEM_ACTOR,
      action: "gates.judged",
      subject: `Round ${round} of ${release}`,
      release,
      digest: reportDigest,
      details: { round, conclusion: report.conclusion, candidate: report.candidate, champion: report.champion },
    });
  });
}

/** The reports of a release, in order of rounds. */
export async function getGateReports(db: Database, release: string): Promise<readonly RecordedGateReport[]> {
  const rows = await read(
    db
      .select()
      .from(gateReports)
      .where(and(eq(gateReports.tenant, DEFAULT_TENANT), eq(gateReports.release, release)))
      .orderBy(asc(gateReports.round)),
  );
  return rows.map(({ round, reportDigest, report }) => ({ release, round, reportDigest, report }));
}

/** The report of this digest. @throws {SlipwayError} `artifact.missing` when no release has recorded it */
export async function getGateReport(db: Database, reportDigest: Digest): Promise<GateReport> {
  const [row] = await read(
    db
      .select({ report: gateReports.report })
      .from(gateReports)
      .where(and(eq(gateReports.tenant, DEFAULT_TENANT), eq(gateReports.reportDigest, reportDigest)))
      .limit(1),
  );
  if (row !== undefined) return row.report;
  const message = `There is no gate report ${reportDigest} in the registry: no release has recorded it.`;
  throw new SlipwayError("artifact.missing", message, { reportDigest });
}
