import { spanMs } from "./fields.ts";
import type { Finding } from "./issue-problems.ts";
import type { RolloutDocument, StepDocument } from "./rollout-schema.ts";
import { ONE_ENVIRONMENT, type SpecParts } from "./spec.ts";

type Path = readonly PropertyKey[];

/** Roll-outs that cannot end, skip their proof or move traffic back and forth. */
export function rolloutFindings({ environments = [], risk }: SpecParts): readonly Finding[] {
  return environments.flatMap((environment, index) => {
    const path = ["environments", index];
    if (index > 0) return [{ path, message: ONE_ENVIRONMENT }];
    const canary: Path = [...path, "strategy", "canary"];
    const { steps } = environment.strategy.canary;
    return [
      ...choiceFindings(environment, path),
      ...steps.flatMap((step, position) => stepFindings(step, [...canary, "steps", position])),
      ...weightFindings(steps, [...canary, "steps"]),
      ...proofFindings(steps, [...canary, "steps"]),
      ...analysisFindings(environment, risk, [...canary, "analysis"]),
    ];
  });
}

function choiceFindings({ routingKey, decision }: RolloutDocument, path: Path): readonly Finding[] {
  const findings: Finding[] = [];
  if (routingKey !== undefined && (routingKey.header === undefined) === (routingKey.bodyField === undefined)) {
    findings.push({ path: [...path, "routingKey"], message: "must have header or bodyField, and not both" });
  }
  if (decision?.threshold !== undefined && decision.argmax !== undefined) {
    findings.push({ path: [...path, "decision"], message: "has threshold and argmax; keep one" });
  }
  return findings;
}

function stepFindings(step: StepDocument, path: Path): readonly Finding[] {
  const kinds = Object.entries(step).filter(([, value]) => value !== undefined);
  if (kinds.length !== 1) {
    return [{ path, message: "must have exactly one of setWeight, setMirrorRoute, pause and analysis" }];
  }
  const { pause } = step;
  if (pause === undefined) return [];
  const at = [...path, "pause"];
  if (pause.duration === undefined && pause.minSamples === 0) {
    return [{ path: at, message: "has no end; give duration, minSamples or both" }];
  }
  if (pause.timeout === undefined) return [];
  if (pause.minSamples === 0) return [{ path: [...at, "timeout"], message: "needs minSamples, which it waits for" }];
  if (pause.duration !== undefined && spanMs(pause.timeout) < spanMs(pause.duration)) {
    return [{ path: [...at, "timeout"], message: `must not be shorter than duration, ${pause.duration}` }];
  }
  return [];
}

function weightFindings(steps: readonly StepDocument[], path: Path): readonly Finding[] {
  const findings: Finding[] = [];
  let weight = 0;
  for (const [index, step] of steps.entries()) {
    if (step.setWeight === undefined) continue;
    if (step.setWeight <= weight) {
      const before = weight === 0 ? "a first weight is above 0" : `the weight before is ${weight}`;
      findings.push({ path: [...path, index, "setWeight"], message: `${step.setWeight} must be higher: ${before}` });
    }
    weight = Math.max(weight, step.setWeight);
  }
  if (weight !== 100) findings.push({ path, message: "the last setWeight must be 100: add {setWeight: 100}" });
  return findings;
}

/** Promotion needs a verdict, and a verdict needs traffic that counts. */
function proofFindings(steps: readonly StepDocument[], path: Path): readonly Finding[] {
  const findings: Finding[] = [];
  let weight = 0;
  let judged = false;
  for (const [index, step] of steps.entries()) {
    if (step.analysis !== undefined) {
      judged ||= weight > 0 && weight < 100;
      if (weight > 0 && weight < 100) continue;
      const why =
        weight === 0 ? "mirrored requests never count; put it after a setWeight" : "put it before setWeight 100";
      findings.push({ path: [...path, index], message: `an analysis needs traffic of both versions; ${why}` });
    }
    weight = step.setWeight ?? weight;
  }
  if (!judged) findings.push({ path, message: "has no analysis before setWeight 100; add {analysis: {}}" });
  return findings;
}

function analysisFindings(environment: RolloutDocument, risk: SpecParts["risk"], path: Path): readonly Finding[] {
  const { analysis } = environment.strategy.canary;
  const findings: Finding[] = [];
  const metrics = analysis.metrics ?? [];
  if (metrics.includes("labelFailures") && environment.decision === undefined) {
    const message = "labelFailures needs decision: which output is compared with the label";
    findings.push({ path: [...path, "metrics", metrics.indexOf("labelFailures")], message });
  }
  for (const [index, metric] of metrics.entries()) {
    if (metrics.indexOf(metric) < index)
      findings.push({ path: [...path, "metrics", index], message: `${metric} is there twice` });
  }
  if (spanMs(analysis.interval) > spanMs(analysis.deadline)) {
    findings.push({ path: [...path, "interval"], message: `must not be longer than deadline, ${analysis.deadline}` });
  }
  if (risk === "high" && analysis.onInsufficientData === "advance") {
    const message = "advance promotes without proof, which a high risk does not allow; use pause, extend or fail";
    findings.push({ path: [...path, "onInsufficientData"], message });
  }
  return findings;
}
