import type { Digest } from "../domain/json.ts";
import type { Refusal, ReleaseOutcome } from "../domain/release.ts";
import { listAudit } from "../registry/audit.ts";
import { listDecisions, recordRefusals } from "../registry/decisions.ts";
import { getGateReports } from "../registry/gate-reports.ts";
import { listAttempts } from "../registry/jobs.ts";
import { closeRelease as recordClose } from "../registry/releases.ts";
import { listRollouts } from "../registry/rollouts.ts";
import { listDataReports } from "../registry/snapshots.ts";
import type { Dependencies } from "./dependencies.ts";
import { whileHeartbeating } from "./heartbeat.ts";
import { activityRelease } from "./release-id.ts";

export interface ReleaseEnd {
  readonly planDigest: Digest;
  readonly outcome: ReleaseOutcome;
  readonly message: string;
  readonly version?: string;
  /** The last messages that did not count, and how many there were in all. */
  readonly refusals: readonly Refusal[];
  readonly refusalCount: number;
}

/** Records the outcome and lays down the evidence; the history follows once the run has closed, since it cannot hold its own end. */
export const createCloseRelease = (dependencies: Dependencies) =>
  async function closeRelease(end: ReleaseEnd): Promise<void> {
    const { db, evidence, settings, nowMs } = dependencies;
    await whileHeartbeating(
      settings.heartbeatTimeoutMs / 5,
      () => ({ phase: "closing" }),
      async () => {
        const release = activityRelease();
        const first = end.refusalCount - end.refusals.length;
        const numbered = end.refusals.map((refusal, index) => ({ ...refusal, sequence: first + index }));
        if (numbered.length > 0) await recordRefusals(db, release, numbered);
        const version = end.version === undefined ? {} : { version: end.version };
        await recordClose(db, release, { outcome: end.outcome, message: end.message, endedAtMs: nowMs(), ...version });
        const files = {
          "outcome.json": { release, ...end },
          "data-reports.json": await listDataReports(db, release),
          "gate-reports.json": await getGateReports(db, release),
          "decisions.json": await listDecisions(db, release),
          "attempts.json": await listAttempts(db, release),
          "rollouts.json": await listRollouts(db, release),
          "audit.json": await listAudit(db, { release }),
        };
        for (const [name, content] of Object.entries(files))
          await evidence.write(release, name, JSON.stringify(content, undefined, 2));
      },
    );
  };
