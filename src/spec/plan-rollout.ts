import type { AnalysisPlan, RolloutPlan, RolloutStep } from "../domain/plan.ts";
import type { DecisionRule, RoutingKey } from "../domain/traffic.ts";
import { spanMs } from "./fields.ts";
import { present } from "./present.ts";
import type { RolloutDocument, StepDocument } from "./rollout-schema.ts";

/** An environment of the spec, resolved. The endpoint is called as the model unless it has a name of its own. */
export function rolloutOf(environment: RolloutDocument, model: string): RolloutPlan {
  const { canary } = environment.strategy;
  return present<RolloutPlan>({
    environment: environment.name,
    endpoint: environment.endpoint ?? model,
    routingKey: routingKeyOf(environment.routingKey),
    slowAfterMs: environment.slowAfter === undefined ? undefined : spanMs(environment.slowAfter),
    timeoutMs: spanMs(environment.timeout),
    decision: decisionOf(environment.decision),
    steps: canary.steps.map(stepOf),
    analysis: analysisOf(canary.analysis, environment.decision !== undefined),
    pauseTimeoutMs: spanMs(environment.pauseTimeout),
    scaleDownDelayMs: spanMs(environment.scaleDownDelay),
  });
}

function routingKeyOf(key: RolloutDocument["routingKey"]): RoutingKey | undefined {
  if (key?.header !== undefined) return { header: key.header };
  return key?.bodyField === undefined ? undefined : { bodyField: key.bodyField };
}

function decisionOf(decision: RolloutDocument["decision"]): DecisionRule | undefined {
  if (decision === undefined) return undefined;
  const { output, threshold, argmax } = decision;
  if (threshold !== undefined) return { output, rule: { threshold } };
  return { output, rule: argmax === true ? "argmax" : "value" };
}

function stepOf(step: StepDocument): RolloutStep {
  if (step.setWeight !== undefined) return { kind: "setWeight", percent: step.setWeight };
  if (step.setMirrorRoute !== undefined) return { kind: "setMirrorRoute", percent: step.setMirrorRoute.percentage };
  if (step.pause === undefined) return { kind: "analysis" };
  const { duration, minSamples, timeout } = step.pause;
  return present<Extract<RolloutStep, { kind: "pause" }>>({
    kind: "pause",
    durationMs: duration === undefined ? undefined : spanMs(duration),
    minSamples,
    timeoutMs: timeout === undefined ? undefined : spanMs(timeout),
  });
}

function analysisOf(analysis: RolloutDocument["strategy"]["canary"]["analysis"], hasDecision: boolean): AnalysisPlan {
  const { deadline, interval, metrics, ...rest } = analysis;
  return {
    ...rest,
    metrics: metrics ?? (hasDecision ? ["requestFailures", "labelFailures"] : ["requestFailures"]),
    deadlineMs: spanMs(deadline),
    intervalMs: spanMs(interval),
  };
}
