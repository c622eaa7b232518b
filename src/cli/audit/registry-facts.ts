import type { Decision } from "../../domain/release.ts";
import { listAudit, type AuditRow } from "../../registry/audit.ts";
import type { Database } from "../../registry/database.ts";
import { findApproval, listDecisions, type RecordedApproval } from "../../registry/decisions.ts";
import { getRelease, type ReleaseRecord } from "../../registry/releases.ts";
import { getVersion, type RegisteredVersion } from "../../registry/versions.ts";
import type { Act } from "./history-facts.ts";

/** What the registry says of a release. */
export interface RegistryFacts {
  readonly release: ReleaseRecord;
  readonly version?: RegisteredVersion;
  readonly decisions: readonly Decision[];
  readonly approvals: readonly RecordedApproval[];
  readonly acts: readonly Act[];
}

/** @throws {SlipwayError} `release.not-found`, `backend.unavailable` */
export async function readRegistry(db: Database, release: string): Promise<RegistryFacts> {
  const record = await getRelease(db, release);
  const approvals: RecordedApproval[] = [];
  for (let round = 1; ; round += 1) {
    const found = await findApproval(db, { release, round });
    if (found === undefined) break;
    approvals.push(found);
  }
  return {
    release: record,
    decisions: await listDecisions(db, release),
    approvals,
    acts: (await allAudit(db, release)).map(actOf),
    ...(record.version === undefined ? {} : { version: await getVersion(db, record.model, record.version) }),
  };
}

async function allAudit(db: Database, release: string): Promise<readonly AuditRow[]> {
  const rows: AuditRow[] = [];
  for (;;) {
    const last = rows.at(-1);
    const page = await listAudit(db, { release, ...(last === undefined ? {} : { after: last.sequence }) });
    if (page.length === 0) return rows;
    rows.push(...page);
  }
}

function actOf({ recordedAtMs, actor, action, subject, digest, details }: AuditRow): Act {
  const reason = details["reason"] ?? details["message"];
  return {
    atMs: recordedAtMs,
    who: actor,
    what: `${action} ${subject}`,
    source: "registry",
    ...(digest === undefined ? {} : { digest }),
    ...(typeof reason === "string" ? { note: reason } : {}),
  };
}
