import type { AnalysisPlan } from "../domain/plan.ts";
import type { RolloutStage } from "./stages.ts";
import type { StageResult } from "./rollout.ts";

/** What the analysis says at one look. */
export interface StageJudgement {
  readonly status: "Successful" | "Failed" | "Inconclusive";
  readonly reason?: string;
  readonly message: string;
}

/** One look at a stage in progress. */
export interface StageLook {
  readonly stage: RolloutStage;
  readonly analysis: AnalysisPlan;
  readonly judgement: StageJudgement;
  /** Time since this watch began. */
  readonly elapsedMs: number;
  /** Units in the candidate's arm in this stage; mirrored requests in a stage that only mirrors. */
  readonly samples: number;
  /** Was safety shown in an earlier stage? */
  readonly proven: boolean;
  /** Present while the roll-out is paused: how long a pause may last. */
  readonly heldForMs?: number;
}

/**
 * Goes on, holds or turns back after one look; undefined: keep watching.
 * Harm wins every tie and is watched for even while paused. A stage goes on when its time is over and its samples are
 * there; a stage with an analysis also needs safety to have been shown once, which is cumulative over the roll-out.
 */
export function decideStage(look: StageLook): StageResult | undefined {
  const { stage, judgement, elapsedMs, heldForMs } = look;
  const proven = look.proven || judgement.status === "Successful";
  if (judgement.status === "Failed")
    return { next: "rollback", proven: false, reason: "harm", message: judgement.message };
  if (heldForMs !== undefined) {
    if (elapsedMs < heldForMs) return undefined;
    return { next: "rollback", proven, reason: "pauseTimeout", message: "the pause was not ended in time" };
  }
  if (elapsedMs < stage.durationMs) return undefined;
  if (look.samples < stage.minSamples) return shortOfSamples(look, proven);
  if (stage.untilResumed)
    return { next: "pause", proven, reason: "step", message: "the step waits for a person to resume" };
  const unjudged = stage.candidatePercent === 0 && !proven;
  if (!stage.analysis || proven || (unjudged && stage.mirrorPercent > 0)) {
    return { next: "advance", proven, reason: proven ? "safe" : "elapsed", message: judgement.message };
  }
  return elapsedMs - stage.durationMs < look.analysis.deadlineMs ? undefined : atDeadline(look);
}

function shortOfSamples(look: StageLook, proven: boolean): StageResult | undefined {
  const { stage, elapsedMs, samples } = look;
  if (stage.timeoutMs === undefined || elapsedMs < stage.timeoutMs) return undefined;
  return insufficient(
    look,
    proven,
    `${samples} of ${stage.minSamples} samples after ${Math.round(elapsedMs / 1_000)} s`,
  );
}

function atDeadline(look: StageLook): StageResult | undefined {
  const { judgement, analysis } = look;
  if (judgement.reason === "insufficientData") return insufficient(look, false, judgement.message);
  const next = analysis.onInconclusive === "rollback" ? "rollback" : "pause";
  return { next, proven: false, reason: "inconclusive", message: judgement.message };
}

function insufficient(look: StageLook, proven: boolean, message: string): StageResult | undefined {
  const reason = "insufficientData";
  switch (look.analysis.onInsufficientData) {
    case "extend":
      return undefined;
    case "pause":
      return { next: "pause", proven, reason, message };
    case "fail":
      return { next: "rollback", proven, reason, message };
    case "advance":
      return { next: "advance", proven, reason: "unproven", message: `went on without proof: ${message}` };
  }
}
