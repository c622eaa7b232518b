import { and, asc, eq } from "drizzle-orm";
import { digestOfBytes } from "../digest.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { Digest } from "../domain/json.ts";
import type { ApprovalRequest, Decision, Refusal } from "../domain/release.ts";
import { SYSTEM_ACTOR, appendAudit } from "./audit.ts";
import { type Database, read, write } from "./database.ts";
import { approvalRequests, decisions, refusals } from "./schema/decisions.ts";
import { DEFAULT_TENANT } from "./schema/columns.ts";

/** A request and all decisions on it, in the order of their recording. Whether it is approved is a fold over them. */
export interface RecordedApproval {
  readonly requestDigest: Digest;
  readonly request: ApprovalRequest;
  readonly decisions: readonly Decision[];
}

/**
 * Records what people are asked.
 * @throws {SlipwayError} `registry.conflict` when this round of the release asked something else; `release.not-found`
 */
export async function openApprovalRequest(
  db: Database,
  opened: { readonly request: ApprovalRequest; readonly requestDigest: Digest },
): Promise<void> {
  const { request, requestDigest } = opened;
  const { release, round } = request;
  await write(db, async (tx) => {
    const [added] = await tx
      .insert(approvalRequests)
      .values({ release, round, requestDigest, request })
      .onConflictDoNothing()
      .returning({ round: approvalRequests.round });
    if (added === undefined) {
      const known = await findApproval(tx, { release, round });
      if (known?.requestDigest === requestDigest) return;
      const message = `Round ${round} of ${release} asked for ${known?.requestDigest} before; ${requestDigest} needs a round of its own.`;
      throw new SlipwayError("registry.conflict", message, { release, round });
    }
    const { model, version, environment, conclusion, requestedBy, expiresAtMs } = request;
    const details = { round, version, environment, conclusion, requestedBy, expiresAtMs };
    const subject = `${model} ${version}`;
    const entry = { actor: SYSTEM_ACTOR, action: "approval.requested", subject, release, model };
    await appendAudit(tx, { ...entry, digest: requestDigest, details });
  });
}

/** The request of this digest; undefined when none was recorded. */
export async function getApproval(db: Database, requestDigest: Digest): Promise<RecordedApproval | undefined> {
  return approvalWhere(db, eq(approvalRequests.requestDigest, requestDigest));
}

/** The request of a release's round; undefined when none was recorded. */
export async function findApproval(
  db: Database,
  asked: { readonly release: string; readonly round: number },
): Promise<RecordedApproval | undefined> {
  const { release, round } = asked;
  return approvalWhere(db, and(eq(approvalRequests.release, release), eq(approvalRequests.round, round)));
}

async function approvalWhere(db: Database, condition: ReturnType<typeof and>): Promise<RecordedApproval | undefined> {
  const [found] = await read(
    db
      .select({ requestDigest: approvalRequests.requestDigest, request: approvalRequests.request })
      .from(approvalRequests)
      .where(and(eq(approvalRequests.tenant, DEFAULT_TENANT), condition)),
  );
  if (found === undefined) return undefined;
  const rows = await read(
    db
      .select({ decision: decisions.decision })
      .from(decisions)
      .where(and(eq(decisions.tenant, DEFAULT_TENANT), eq(decisions.requestDigest, found.requestDigest)))
      .orderBy(asc(decisions.sequence)),
  );
  return { ...found, decisions: rows.map(({ decision }) => decision) };
}

/** Records a person's decision; a `decisionId` seen before in this release is ignored. */
export async function recordDecision(db: Database, decided: Decision & { readonly release: string }): Promise<void> {
  const { release, ...decision } = decided;
  const { decisionId, requestDigest, by, verdict, reason, assurance, selfApproval } = decision;
  await write(db, async (tx) => {
    const [added] = await tx
      .insert(decisions)
      .values({ release, decisionKey: digestOfBytes(decisionId), requestDigest, decision })
      .onConflictDoNothing()
      .returning({ decisionKey: decisions.decisionKey });
    if (added === undefined) return;
    await appendAudit(tx, {
      actor: by,
      action: verdict === "approve" ? "release.approved" : "release.rejected",
      subject: release,
      release,
      digest: requestDigest,
      details: { decisionId, reason, assurance, selfApproval },
    });
  });
}

/** All decisions of a release, in the order of their recording. */
export async function listDecisions(db: Database, release: string): Promise<readonly Decision[]> {
  const rows = await read(
    db
      .select({ decision: decisions.decision })
      .from(decisions)
      .where(and(eq(decisions.tenant, DEFAULT_TENANT), eq(decisions.release, release)))
      .orderBy(asc(decisions.sequence)),
  );
  return rows.map(({ decision }) => decision);
}

/** A refusal and its place among all of its release, as the workflow counts them. */
export type NumberedRefusal = Refusal & { readonly sequence: number };

/** Records messages that did not count; one that has this number already is left. */
export async function recordRefusals(
  db: Database,
  release: string,
  refused: readonly NumberedRefusal[],
): Promise<void> {
  if (refused.length === 0) return;
  await write(db, async (tx) => {
    const added = await tx
      .insert(refusals)
      .values(refused.map(({ sequence, ...refusal }) => ({ release, number: sequence, refusal })))
      .onConflictDoNothing()
      .returning({ number: refusals.number, refusal: refusals.refusal });
    for (const { number, refusal } of added) {
      const entry = { actor: refusal.by ?? "unknown", action: "message.refused", subject: refusal.message, release };
      await appendAudit(tx, { ...entry, details: { number, code: refusal.code, reason: refusal.reason } });
    }
  });
}

/** The recorded refusals of a release, by their numbers. */
export async function listRefusals(db: Database, release: string): Promise<readonly NumberedRefusal[]> {
  const rows = await read(
    db
      .select({ sequence: refusals.number, refusal: refusals.refusal })
      .from(refusals)
      .where(and(eq(refusals.tenant, DEFAULT_TENANT), eq(refusals.release, release)))
      .orderBy(asc(refusals.number)),
  );
  return rows.map(({ sequence, refusal }) => ({ ...refusal, sequence }));
}
