import { workflowInfo } from "@temporalio/workflow";
import type { AttemptRequest, AttemptResult } from "../activities/run-attempt.ts";
import type { JobBrief } from "../domain/brief.ts";
import { NOTHING_SPENT, spendForRetry } from "../domain/job.ts";
import { lengthy } from "./activities.ts";

/** What `status` shows of the attempts so far. */
export interface AttemptLine {
  readonly job: string;
  readonly attempt: number;
  readonly ended?: string;
}

export interface JobRun {
  readonly brief: JobBrief;
  /** Everything but the number of the attempt. */
  readonly request: Omit<AttemptRequest, "attempt" | "resume" | "firstExecutionRunId" | "release">;
  readonly heartbeatTimeoutMs: number;
  readonly attempts: AttemptLine[];
}

/**
 * Runs a job to its end, attempt after attempt, as long as the budget of each failure's class pays for another.
 * Every end of an attempt is in the history; the backend never re-runs user code by itself.
 */
export async function runJob(run: JobRun): Promise<AttemptResult> {
  let spent = NOTHING_SPENT;
  for (let attempt = 1; ; attempt += 1) {
    const line = { job: run.request.job, attempt };
    run.attempts.push(line);
    const result = await lengthy(run.heartbeatTimeoutMs, `${run.request.job}, attempt ${attempt}`).runAttempt({
      ...run.request,
      release: workflowInfo().workflowId,
      firstExecutionRunId: workflowInfo().firstExecutionRunId,
      attempt,
      resume: attempt === 1 ? "none" : "newest",
    });
    const { outcome } = result;
    const ended =
      outcome === undefined ? "nothing to run" : outcome.status === "succeeded" ? "succeeded" : outcome.failureClass;
    run.attempts[run.attempts.indexOf(line)] = { ...line, ended };
    if (outcome === undefined || outcome.status === "succeeded") return result;
    const after = spendForRetry(outcome, run.brief.budgets, spent);
    if (after === undefined) return result;
    spent = after;
  }
}
