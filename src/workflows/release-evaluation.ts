import type { AttemptRequest, AttemptResult } from "../activities/run-attempt.ts";
import type { Digest } from "../domain/json.ts";
import { lengthy } from "./activities.ts";
import type { Ending, Evaluated, ReleaseDesk, Trained } from "./release-desk.ts";
import { enter } from "./release-state.ts";
import { runJob } from "./run-job.ts";

/** Candidate and champion, each with its own script, on the same rows; then the gates. */
export async function evaluate(release: ReleaseDesk, trained: Trained, round: number): Promise<Evaluated | Ending> {
  const { brief, state } = release;
  enter(state, "evaluating", "candidate and champion predict the same rows");
  const data = trained.inputs[brief.evaluationDataset];
  const environment = brief.rollouts[0]?.environment;
  if (environment === undefined || data === undefined) {
    return { outcome: "GateFailed", message: "the plan names no environment or no evaluation data" };
  }
  const rows = { name: "data", digest: data };
  const [candidate, { champion, outcome: ofChampion }] = await Promise.all([
    runEvaluation(release, "candidate", { kind: "evaluate" }, [{ name: "model", digest: trained.model }, rows], round),
    runEvaluation(release, "champion", { kind: "evaluateChampion", model: brief.model, environment }, [rows], round),
  ]);
  const failed = endingOf("candidate", candidate.outcome) ?? endingOf("champion", ofChampion);
  if (failed !== undefined) return failed;
  if (candidate.outcome?.status !== "succeeded")
    return { outcome: "JobFailed", message: "the candidate was not evaluated" };
  const compared = champion !== undefined && ofChampion?.status === "succeeded";
  const judged = await lengthy(brief.heartbeatTimeoutMs, "judge the gates").judgeEvaluation({
    planDigest: brief.planDigest,
    round,
    model: trained.model,
    dataset: data,
    candidatePredictions: candidate.outcome.output,
    ...(compared ? { champion, championPredictions: ofChampion.output } : {}),
  });
  if (judged.conclusion === "block") return { outcome: "GateFailed", message: judged.message };
  return { ...judged, ...(champion === undefined ? {} : { champion }) };
}

function runEvaluation(
  { brief, state }: ReleaseDesk,
  who: "candidate" | "champion",
  role: AttemptRequest["role"],
  inputs: readonly { readonly name: string; readonly digest: Digest }[],
  round: number,
): Promise<AttemptResult> {
  const job = `evaluate/${who}${round === 1 ? "" : `/${round}`}`;
  const request = { planDigest: brief.planDigest, job, role, inputs };
  const { heartbeatTimeoutMs } = brief;
  return runJob({ brief: brief.evaluate, request, heartbeatTimeoutMs, attempts: state.attempts });
}

function endingOf(who: string, outcome: AttemptResult["outcome"]): Ending | undefined {
  if (outcome?.status !== "failed") return undefined;
  return {
    outcome: "JobFailed",
    message: `evaluation of the ${who} failed (${outcome.failureClass}): ${outcome.message}`,
  };
}
