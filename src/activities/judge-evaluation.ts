import type { ChampionRef } from "../domain/brief.ts";
import type { Digest } from "../domain/json.ts";
import type { Conclusion, GateReport } from "../domain/verdict.ts";
import { conclude } from "../gates/conclude.ts";
import { judgeGates } from "../gates/judge.ts";
import { sliceColumnsOf } from "../gates/slices.ts";
import { recordGateReport } from "../registry/gate-reports.ts";
import { knownPlan } from "./known-plan.ts";
import type { Dependencies } from "./dependencies.ts";
import { whileHeartbeating } from "./heartbeat.ts";
import { activityRelease } from "./release-id.ts";

/** Recorded with every report: which code judged. */
const ENGINE = "slipway-gates/1";

export interface EvaluationToJudge {
  readonly planDigest: Digest;
  /** Counts the evaluations of this release, from 1. */
  readonly round: number;
  readonly model: Digest;
  readonly dataset: Digest;
  /** Output tree of the candidate's evaluation. */
  readonly candidatePredictions: Digest;
  readonly champion?: ChampionRef;
  readonly championPredictions?: Digest;
}

export interface JudgedEvaluation {
  readonly conclusion: Conclusion;
  readonly reportDigest: Digest;
  /** One sentence: what passed, or which gates did not and why. */
  readonly message: string;
}

/** Judges every gate of the plan on the predictions of both models and records the report. */
export const createJudgeEvaluation = (dependencies: Dependencies) =>
  async function judgeEvaluation(asked: EvaluationToJudge): Promise<JudgedEvaluation> {
    const { db, store, readEvaluation, settings } = dependencies;
    return whileHeartbeating(
      settings.heartbeatTimeoutMs / 5,
      () => ({ phase: "judging" }),
      async (signal) => {
        const plan = await knownPlan(db, asked.planDigest);
        const evidence = await readEvaluation({
          candidate: asked.candidatePredictions,
          ...(asked.championPredictions === undefined ? {} : { champion: asked.championPredictions }),
          sliceColumns: sliceColumnsOf(plan.evaluate.gates),
          signal,
        });
        const judged = judgeGates(plan.evaluate.gates, evidence, plan.evaluate.job.seed);
        const report = conclude(judged, {
          candidate: asked.model,
          ...(asked.champion === undefined ? {} : { champion: asked.champion.digest }),
          dataset: asked.dataset,
          engine: ENGINE,
        });
        const reportDigest = await store.putBlob(Buffer.from(JSON.stringify(report, undefined, 2)));
        await recordGateReport(db, { release: activityRelease(), round: asked.round, reportDigest, report });
        return { conclusion: report.conclusion, reportDigest, message: sentence(report) };
      },
    );
  };

function sentence({ conclusion, verdicts }: GateReport): string {
  const open = verdicts.filter((verdict) => verdict.action !== "pass");
  if (open.length === 0) return `all ${verdicts.length} gate verdicts passed`;
  const stopping = open.filter((verdict) => verdict.action === (conclusion === "pass" ? "warn" : conclusion));
  const named = (stopping.length > 0 ? stopping : open)
    .slice(0, 5)
    .map((verdict) => `${verdict.name}: ${verdict.message}`);
  const lead =
    conclusion === "pass"
      ? "passed with warnings"
      : conclusion === "block"
        ? "blocked by"
        : "needs a person because of";
  return `${lead} ${named.join("; ")}`.slice(0, 1_000);
}
