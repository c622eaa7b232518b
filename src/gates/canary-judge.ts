import { SlipwayError } from "../domain/errors.ts";
import type { AnalysisPlan } from "../domain/plan.ts";
import type { GuardrailMetric, StageCounts } from "../domain/traffic.ts";
import type { FailureStage } from "../statistics/canary-evidence.ts";
import { logHarmEvidence, logSafeEvidence } from "../statistics/canary-evidence.ts";
import { failuresNeededForSafety } from "../statistics/failures-needed.ts";
import { riskRatio } from "../statistics/risk-ratio.ts";
import { canaryMessage } from "./canary-message.ts";

/** What one guardrail shows. Evidence is in nats: ln of an e-value. */
export interface GuardrailJudgement {
  readonly metric: GuardrailMetric;
  readonly verdict: "Failed" | "Successful" | "Inconclusive";
  /** `insufficientData`: fewer failures than it takes, on average, to show that an equally good candidate is safe. */
  readonly reason?: "insufficientData";
  readonly logEHarm: number;
  readonly logESafe: number;
  /** Failures of both arms in stages where both had units; only these tell anything. */
  readonly failures: number;
  /** Units of both arms, in all stages. */
  readonly units: number;
  /** Absent until both arms have had units: the number depends on how traffic is shared. */
  readonly expectedFailuresNeeded?: number;
  /** Risk ratio of candidate to champion; absent while the champion has not failed. */
  readonly observedRatio?: number;
}

/** What the analysis of a canary shows at one look. */
export interface CanaryJudgement {
  readonly status: "Failed" | "Successful" | "Inconclusive";
  readonly reason?: "insufficientData";
  readonly guardrails: readonly GuardrailJudgement[];
  readonly message: string;
}

type JudgedBy = Pick<AnalysisPlan, "metrics" | "alphaHarm" | "alphaSafe" | "toleratedRatio">;

/**
 * Does the canary harm, is it safe, or is it open? May be asked at every moment and as often as one likes.
 *
 * Each of the M guardrails weighs its failures as {@link logHarmEvidence} and {@link logSafeEvidence} say, with α/M
 * (Bonferroni). `Failed` when any guardrail shows harm, whatever the others show. `Successful` when none does, at least
 * one has shown safety, and no other one stands against it: a guardrail that has not shown safety stands against it
 * once it has had enough failures to, and before that when its evidence of harm has reached 1/α_safe. A guardrail with
 * hardly any failures can show nothing and does not hold a roll-out that another guardrail has cleared. So the chance to
 * fail a candidate that harms nothing is at most α_harm, and the chance that a guardrail clears a candidate whose risk
 * ratio there is beyond `toleratedRatio` is at most α_safe, over all looks together.
 *
 * A guardrail that has no counts yet has no evidence. Stages in which one arm had no units carry none either.
 * @param counts cumulative, per guardrail, one entry per stage
 * @throws {SlipwayError} `input.invalid` when counts are not whole, negative, or more failures than units
 */
export function judgeCanary(
  plan: JudgedBy,
  counts: Readonly<Partial<Record<GuardrailMetric, readonly StageCounts[]>>>,
): CanaryJudgement {
  const guardrails = plan.metrics.map((metric) => judgeGuardrail(plan, metric, counts[metric] ?? []));
  const harmed = guardrails.some(({ verdict }) => verdict === "Failed");
  const safe = guardrails.some(({ verdict }) => verdict === "Successful");
  const held = guardrails.some((guardrail) => standsAgainst(plan, guardrail));
  const status = harmed ? "Failed" : safe && !held ? "Successful" : "Inconclusive";
  const open = status === "Inconclusive" && guardrails.every(({ reason }) => reason === "insufficientData");
  const message = canaryMessage(status, guardrails, plan.toleratedRatio);
  return { status, ...(open && { reason: "insufficientData" }), guardrails, message };
}

/**
 * How many failures of both arms will a guardrail need, on average, to show that an equally good candidate is safe?
 * @param share the candidate's share of units, in (0, 1), such as the weight of the stage with the analysis
 */
export function expectedFailuresNeeded(plan: JudgedBy, share: number): number {
  return failuresNeededForSafety(safetyTarget(plan), share);
}

function judgeGuardrail(plan: JudgedBy, metric: GuardrailMetric, counts: readonly StageCounts[]): GuardrailJudgement {
  for (const stage of counts) refuseImpossible(metric, stage);
  const stages = counts.filter(hasBothArms).map(failureStage);
  const logEHarm = logHarmEvidence(stages);
  const logESafe = logSafeEvidence(stages, plan.toleratedRatio);
  const failures = stages.reduce((sum, stage) => sum + stage.failures, 0);
  const latest = stages.at(-1);
  const needed = latest && failuresNeededForSafety(safetyTarget(plan), latest.share, stages);
  const observedRatio = riskRatio(counts);
  const verdict = verdictOf(plan, logEHarm, logESafe);
  const short = verdict === "Inconclusive" && (needed === undefined || failures < needed);
  return {
    metric,
    verdict,
    ...(short && { reason: "insufficientData" }),
    logEHarm,
    logESafe,
    failures,
    units: counts.reduce((sum, stage) => sum + stage.championUnits + stage.candidateUnits, 0),
    ...(needed !== undefined && { expectedFailuresNeeded: needed }),
    ...(observedRatio !== undefined && { observedRatio }),
  };
}

/** Harm wins a tie. */
function verdictOf(plan: JudgedBy, logEHarm: number, logESafe: number): GuardrailJudgement["verdict"] {
  const guardrails = Math.log(plan.metrics.length);
  if (logEHarm >= guardrails - Math.log(plan.alphaHarm)) return "Failed";
  return logESafe >= guardrails - Math.log(plan.alphaSafe) ? "Successful" : "Inconclusive";
}

function standsAgainst(plan: JudgedBy, { verdict, reason, logEHarm }: GuardrailJudgement): boolean {
  if (verdict !== "Inconclusive") return false;
  return reason === undefined || logEHarm >= -Math.log(plan.alphaSafe);
}

function safetyTarget({ alphaSafe, toleratedRatio, metrics }: JudgedBy): { alphaSafe: number; toleratedRatio: number } {
  return { alphaSafe: alphaSafe / metrics.length, toleratedRatio };
}

function hasBothArms({ championUnits, candidateUnits }: StageCounts): boolean {
  return championUnits > 0 && candidateUnits > 0;
}

function failureStage({
  championUnits,
  championFailures,
  candidateUnits,
  candidateFailures,
}: StageCounts): FailureStage {
  return {
    share: candidateUnits / (candidateUnits + championUnits),
    failures: championFailures + candidateFailures,
    candidateFailures,
  };
}

function refuseImpossible(metric: GuardrailMetric, counts: StageCounts): void {
  const { championUnits, championFailures, candidateUnits, candidateFailures } = counts;
  const whole = [championUnits, championFailures, candidateUnits, candidateFailures].every(
    (count) => Number.isSafeInteger(count) && count >= 0,
  );
  if (whole && championFailures <= championUnits && candidateFailures <= candidateUnits) return;
  const seen = `champion ${championFailures} of ${championUnits}, candidate ${candidateFailures} of ${candidateUnits}`;
  throw new SlipwayError("input.invalid", `${metric}: impossible counts in stage ${counts.stage}: ${seen} failed`, {
    metric,
    stage: counts.stage,
  });
}
