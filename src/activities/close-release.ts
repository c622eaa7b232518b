import { activityInfo } from "@temporalio/activity";
import { WorkflowExecutionAlreadyStartedError } from "@temporalio/client";
import type { Digest } from "../domain/json.ts";
import { WORKFLOWS } from "../domain/messages.ts";
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

/** Records the outcome, lays down the evidence, and has the history exported once the run has closed. */
export const createCloseRelease = (dependencies: Dependencies) =>
  async function closeRelease(end: ReleaseEnd): Promise<void> {
    const { db, evidence, settings, nowMs } = dependencies;
    await whileHeartbeating(
      settings.heartbeatTimeoutMs / 5,
      () => ({ phase: "closing" }),
      async () => {
        const release = activityRelease();
        const first = end.refusalCount - end.refusals.length;
        await recordRefusals(
          db,
          release,
          end.refusals.map((refusal, index) => ({ ...refusal, sequence: first + index })),
        );
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
        await startExport(dependencies, release);
      },
    );
  };

/** A workflow of its own, since a run cannot wait for its own end. */
async function startExport({ temporal, settings }: Dependencies, release: string): Promise<void> {
  const { workflowExecution, taskQueue } = activityInfo();
  const runId = workflowExecution?.runId ?? "";
  try {
    await temporal.workflow.start(WORKFLOWS.exportHistory, {
      workflowId: `${release}/history/${runId}`,
      taskQueue,
      args: [{ release, runId, heartbeatTimeoutMs: settings.heartbeatTimeoutMs }],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
