import { SlipwayError } from "../domain/errors.ts";
import type { Digest } from "../domain/json.ts";
import type { AnalysisPlan, RolloutPlan } from "../domain/plan.ts";
import type { GuardrailMetric, StageCounts } from "../domain/traffic.ts";
import type { CanaryJudgement } from "../gates/canary-judge.ts";
import { judgeCanary } from "../gates/canary-judge.ts";
import { knownPlan } from "./known-plan.ts";
import { beginStage, recordStage } from "../registry/rollouts.ts";
import type { StageResult } from "../rollout/rollout.ts";
import { decideStage } from "../rollout/stage-decision.ts";
import type { RolloutStage } from "../rollout/stages.ts";
import { stagesOf } from "../rollout/stages.ts";
import type { Dependencies } from "./dependencies.ts";
import { pauseFor, whileHeartbeating } from "./heartbeat.ts";
import { moveTraffic } from "./move-traffic.ts";

/** One watch over one stage of a roll-out. */
export interface StageWatch {
  readonly release: string;
  /** Workflow id of the roll-out; also its name in counters. */
  readonly rollout: string;
  readonly planDigest: Digest;
  readonly environment: string;
  /** Index of the stage, from 0. */
  readonly step: number;
  /** Counts the watches of this roll-out, from 1: a stage is watched again after a pause. */
  readonly watched: number;
  readonly proven: boolean;
  /** The roll-out is paused: keep the traffic, watch for harm only. */
  readonly held: boolean;
  readonly heldForMs?: number;
}

/** What the heartbeat shows of a stage. */
export interface StageHeartbeat {
  readonly step: number;
  readonly percent: number;
  readonly mirrorPercent: number;
  readonly elapsedMs: number;
  readonly samples: number;
  readonly judgement?: CanaryJudgement;
  /** Why the last look saw nothing new. */
  readonly trouble?: string;
}

/** Sets a stage's traffic, verifies it, and watches until the roll-out may go on, must stop or must wait. */
export const createWatchStage = (dependencies: Dependencies) =>
  async function watchStage(watch: StageWatch): Promise<StageResult> {
    const { db, settings } = dependencies;
    const { rollout, stage } = await stageAt(dependencies, watch);
    let latest: StageHeartbeat = {
      step: watch.step,
      percent: stage.candidatePercent,
      mirrorPercent: stage.mirrorPercent,
      elapsedMs: 0,
      samples: 0,
    };
    return whileHeartbeating(
      settings.heartbeatTimeoutMs / 5,
      () => latest,
      async (signal) => {
        let startedAtMs = dependencies.nowMs();
        await moveTraffic(dependencies, {
          environment: rollout.environment,
          endpoint: rollout.endpoint,
          holder: watch.rollout,
          actor: watch.release,
          reason: `stage ${watch.step + 1}`,
          change: (now) => ({
            ...now,
            candidatePercent: stage.candidatePercent,
            mirrorPercent: stage.mirrorPercent,
            rolloutId: watch.rollout,
            stage: watch.step,
          }),
          alongside: async (tx) => {
            const { rollout: name, watched, step } = watch;
            startedAtMs = await beginStage(tx, { rollout: name, watched, step, atMs: startedAtMs });
          },
        });
        for (;;) {
          const look = await lookAt(dependencies, rollout, watch);
          const elapsedMs = dependencies.nowMs() - startedAtMs;
          latest = { ...latest, ...look, elapsedMs };
          const { judgement } = look;
          const result = judgement && decided(watch, stage, rollout.analysis, judgement, elapsedMs, look.samples ?? 0);
          if (result !== undefined) {
            await recordStage(db, {
              rollout: watch.rollout,
              watched: watch.watched,
              step: watch.step,
              result,
              judgement,
              elapsedMs,
              samples: look.samples ?? 0,
            });
            return result;
          }
          await pauseFor(rollout.analysis.intervalMs, signal);
        }
      },
    );
  };

async function stageAt(
  { db }: Dependencies,
  watch: StageWatch,
): Promise<{ rollout: RolloutPlan; stage: RolloutStage }> {
  const plan = await knownPlan(db, watch.planDigest);
  const rollout = plan.rollouts.find((one) => one.environment === watch.environment);
  const stage = rollout === undefined ? undefined : stagesOf(rollout.steps)[watch.step];
  if (rollout === undefined || stage === undefined) {
    throw new SlipwayError("input.invalid", `the plan has no stage ${watch.step} in ${watch.environment}`);
  }
  return { rollout, stage };
}

function decided(
  watch: StageWatch,
  stage: RolloutStage,
  analysis: AnalysisPlan,
  judgement: CanaryJudgement,
  elapsedMs: number,
  samples: number,
): StageResult | undefined {
  const held = watch.held && watch.heldForMs !== undefined ? { heldForMs: watch.heldForMs } : {};
  return decideStage({ stage, analysis, judgement, elapsedMs, samples, proven: watch.proven, ...held });
}

/** One look at all guardrails. A source that cannot be asked shows nothing new: it neither passes nor fails anything. */
async function lookAt(
  { metrics }: Dependencies,
  rollout: RolloutPlan,
  watch: StageWatch,
): Promise<Pick<StageHeartbeat, "judgement" | "trouble"> & { samples?: number }> {
  const query = { environment: rollout.environment, endpoint: rollout.endpoint, rolloutId: watch.rollout };
  try {
    const counted = await Promise.all(
      rollout.analysis.metrics.map(async (metric) => [metric, await metrics.counts({ ...query, metric })] as const),
    );
    const units = await metrics.counts({ ...query, metric: "requestFailures" });
    const { mirrored } = await metrics.mirror(query);
    const counts: Partial<Record<GuardrailMetric, readonly StageCounts[]>> = Object.fromEntries(counted);
    const here = units.find((stage) => stage.stage === watch.step);
    const judgement = judgeCanary(rollout.analysis, counts);
    return { judgement, samples: here === undefined || here.candidateUnits === 0 ? mirrored : here.candidateUnits };
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code !== "backend.unavailable") throw error;
    return { trouble: error.message };
  }
}
