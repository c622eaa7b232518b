import { and, asc, eq, gt } from "drizzle-orm";
import type { Digest } from "../domain/json.ts";
import { type Database, read } from "./database.ts";
import { present } from "./present.ts";
import { auditRows } from "./schema/audit.ts";
import { DEFAULT_TENANT } from "./schema/columns.ts";

/** What somebody did. `action` is noun-verb-past, such as `release.opened`; `subject` names what was changed. */
export interface AuditEntry {
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly release?: string;
  readonly model?: string;
  /** Of what was recorded or decided on. */
  readonly digest?: Digest;
  /** JSON without secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface AuditRow extends AuditEntry {
  /** Position in the log; grows, with gaps. */
  readonly sequence: number;
  readonly recordedAtMs: number;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Who acts when no person does. */
export const SYSTEM_ACTOR = "slipway";

/** Adds a row to the log. Call it in the transaction of the change: neither is there without the other. */
export async function appendAudit(tx: Database, entry: AuditEntry): Promise<void> {
  await read(tx.insert(auditRows).values({ ...entry, details: entry.details ?? {} }));
}

/**
 * The log, oldest first: of a release, of a model, or of all. Go on with the last row's `sequence` as `after`.
 * @param wanted.limit 1 to 1,000, which is the default
 */
export async function listAudit(
  db: Database,
  wanted: { readonly release?: string; readonly model?: string; readonly after?: number; readonly limit?: number } = {},
): Promise<readonly AuditRow[]> {
  const conditions = [
    eq(auditRows.tenant, DEFAULT_TENANT),
    wanted.release === undefined ? undefined : eq(auditRows.release, wanted.release),
    wanted.model === undefined ? undefined : eq(auditRows.model, wanted.model),
    wanted.after === undefined ? undefined : gt(auditRows.sequence, wanted.after),
  ];
  const limit = Math.min(wanted.limit ?? 1_000, 1_000);
  const found = await read(
    db
      .select()
      .from(auditRows)
      .where(and(...conditions))
      .orderBy(asc(auditRows.sequence))
      .limit(limit),
  );
  return found.map((row) => present(row, "tenant"));
}
