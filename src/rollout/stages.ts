import type { RolloutStep } from "../domain/plan.ts";

/** What holds between two changes of traffic: weights, how long, and what must be known before going on. */
export interface RolloutStage {
  readonly candidatePercent: number;
  readonly mirrorPercent: number;
  /** Least time in the stage. */
  readonly durationMs: number;
  /** Least number of units in the candidate's arm (mirrored requests, in a stage that only mirrors). */
  readonly minSamples: number;
  /** How long to wait for the samples; absent: for ever. */
  readonly timeoutMs?: number;
  /** Does the stage wait for a verdict of the analysis? */
  readonly analysis: boolean;
  /** A pause without an end: only a person's promote or resume ends it. */
  readonly untilResumed: boolean;
}

const CLOSED: RolloutStage = {
  candidatePercent: 0,
  mirrorPercent: 0,
  durationMs: 0,
  minSamples: 0,
  analysis: false,
  untilResumed: false,
};

/**
 * Folds Argo-like steps into stages, one for each stretch of constant traffic, so that each is one activity.
 * A closing `setWeight: 100` without a hold is the promotion itself and makes no stage.
 * The last stage always waits for a verdict: nothing is promoted that was not judged.
 */
export function stagesOf(steps: readonly RolloutStep[]): readonly RolloutStage[] {
  const stages: RolloutStage[] = [];
  let current = CLOSED;
  let held = false;
  for (const step of steps) {
    if (held && (step.kind === "setWeight" || step.kind === "setMirrorRoute")) {
      stages.push(current);
      current = { ...CLOSED, candidatePercent: current.candidatePercent, mirrorPercent: current.mirrorPercent };
      held = false;
    }
    current = withStep(current, step);
    held ||= step.kind === "pause" || step.kind === "analysis";
  }
  const promotes = !held && current.candidatePercent === 100;
  if (!promotes && (held || current.candidatePercent > 0 || current.mirrorPercent > 0)) stages.push(current);
  return stages.map((stage, index) => (index === stages.length - 1 ? { ...stage, analysis: true } : stage));
}

function withStep(stage: RolloutStage, step: RolloutStep): RolloutStage {
  switch (step.kind) {
    case "setWeight":
      return { ...stage, candidatePercent: step.percent };
    case "setMirrorRoute":
      return { ...stage, mirrorPercent: step.percent };
    case "analysis":
      return { ...stage, analysis: true };
    case "pause":
      return {
        ...stage,
        durationMs: stage.durationMs + (step.durationMs ?? 0),
        minSamples: Math.max(stage.minSamples, step.minSamples),
        untilResumed: stage.untilResumed || (step.durationMs === undefined && step.minSamples === 0),
        ...(step.timeoutMs === undefined ? {} : { timeoutMs: Math.max(stage.timeoutMs ?? 0, step.timeoutMs) }),
      };
  }
}
