import { describe, expect, test } from "vitest";
import type { SlipwayError } from "../domain/errors.ts";
import { checkSpec, parseSpec } from "./check-spec.ts";
import { planOf, type PlanContext } from "./plan-of.ts";
import type { Spec } from "./spec.ts";

const TEN_LINES = `slipway: 1
model: churn
data:
  train: {files: data/train.csv}
  holdout: {files: data/holdout.csv}
train: {command: [python, train.py]}
evaluate: {command: [python, evaluate.py], data: holdout}
serve: {command: [python, serve.py]}
`;
const CONTEXT: PlanContext = { pipeline: "churn", policy: "standard" };

function specOf(text: string): Spec {
  const { spec, problems } = parseSpec(text, "slipway.yaml");
  if (spec === undefined) throw new Error(JSON.stringify(problems));
  return spec;
}

const planOfText = (text: string, context: Partial<PlanContext> = {}) =>
  planOf(specOf(text), { ...CONTEXT, ...context });

describe("the plan of a short spec", () => {
  const plan = planOfText(TEN_LINES);

  test("names its owner, its risk and its data", () => {
    expect(plan).toMatchObject({ pipeline: "churn", model: "churn", team: "default", risk: "medium", prepare: [] });
    expect(plan.datasets).toEqual([
      { name: "train", files: ["data/train.csv"], format: "csv" },
      { name: "holdout", files: ["data/holdout.csv"], format: "csv" },
    ]);
  });

  test("trains on all data but those it is evaluated on", () => {
    expect(plan.train).toEqual({
      name: "train",
      command: ["python", "train.py"],
      env: {},
      parameters: {},
      inputs: ["train"],
      resources: { cpus: 1, gpus: 0 },
      priority: 0,
      seed: 0,
      budgets: { preemption: 50, infra: 5, user: 0 },
      graceMs: 10_000,
    });
    expect(plan.evaluate.job.inputs).toEqual(["model", "data"]);
  });

  test("asks for no worse accuracy, and for a person when there is nothing to compare with", () => {
    expect(plan.evaluate.gates).toEqual([
      {
        name: "no-worse",
        metric: "accuracy",
        direction: "decrease",
        minSliceSize: 1,
        nonInferiority: { margin: 0.01, alpha: 0.05 },
        onFail: "block",
        onInconclusive: "block",
        onNoBaseline: "requireApproval",
      },
    ]);
  });

  test("asks one person within a day, who may not be the requester", () => {
    expect(plan.approval).toEqual({
      requiredApprovals: 1,
      minAssurance: "signal",
      expiresAfterMs: 86_400_000,
      allowSelfApproval: false,
      requireReason: false,
    });
  });

  test("rolls out in steps and shows safety before the last", () => {
    const [rollout] = plan.rollouts;
    expect(rollout).toMatchObject({ environment: "production", endpoint: "churn", timeoutMs: 10_000 });
    expect(rollout?.steps.map((step) => (step.kind === "setWeight" ? step.percent : step.kind))).toEqual([
      5,
      "pause",
      25,
      "pause",
      50,
      "pause",
      "analysis",
      100,
    ]);
    expect(rollout?.analysis).toEqual({
      metrics: ["requestFailures"],
      alphaHarm: 0.01,
      alphaSafe: 0.05,
      toleratedRatio: 1.5,
      onInsufficientData: "pause",
      onInconclusive: "pause",
      deadlineMs: 3_600_000,
      intervalMs: 10_000,
    });
  });

  test("is the same however much of it is written out", () => {
    const spec = specOf(TEN_LINES);
    expect(planOf(specOf(JSON.stringify(spec)), CONTEXT)).toEqual(plan);
  });
});

describe("a plan", () => {
  test("has times in milliseconds and sizes in bytes", () => {
    const { train } = planOfText(
      TEN_LINES.replace(
        "[python, train.py]",
        "[python, train.py], deadline: 1h30m, stallTimeout: 250ms, resources: {memory: 1.5Gi, gpu: 2}, checkpointInterval: 5",
      ),
    );
    expect(train).toMatchObject({ deadlineMs: 5_400_000, stallTimeoutMs: 250, checkpointIntervalSteps: 5 });
    expect(train.resources).toEqual({ cpus: 1, gpus: 2, memoryBytes: 1_610_612_736 });
  });

  test("feeds each prepare job what came before it, and the training all of it", () => {
    const plan = planOfText(`${TEN_LINES}prepare: [{name: a, command: [x]}, {name: b, command: [x], inputs: [a]}]\n`);
    expect(plan.prepare.map(({ name, inputs }) => [name, inputs])).toEqual([
      ["a", ["train"]],
      ["b", ["a"]],
    ]);
    expect(plan.train.inputs).toEqual(["train", "a", "b"]);
  });

  test("of a high risk asks for two approvals with reasons, unless the spec says otherwise", () => {
    const high = TEN_LINES.replace("model: churn", "model: churn\nrisk: high");
    expect(planOfText(high).approval).toMatchObject({ requiredApprovals: 2, requireReason: true });
    const set = `${high}approval: {requiredApprovals: 3, requireReason: false}\n`;
    expect(planOfText(set).approval).toMatchObject({ requiredApprovals: 3, requireReason: false });
  });

  test("lets the requester approve only under the policy development", () => {
    expect(planOfText(TEN_LINES, { policy: "development" }).approval.allowSelfApproval).toBe(true);
  });

  test("counts wrong predictions as soon as it knows how a decision is read", () => {
    const decisions = [
      ["{output: p, threshold: 0.5}", { threshold: 0.5 }],
      ["{output: p, argmax: true}", "argmax"],
      ["{output: p}", "value"],
    ] as const;
    for (const [decision, rule] of decisions) {
      const [rollout] = planOfText(`${TEN_LINES}environments: [{decision: ${decision}}]\n`).rollouts;
      expect(rollout?.decision).toEqual({ output: "p", rule });
      expect(rollout?.analysis.metrics).toEqual(["requestFailures", "labelFailures"]);
    }
  });

  test("keeps the steps as they are written", () => {
    const steps =
      "[{setMirrorRoute: {percentage: 100}}, {setWeight: 10}, {pause: {minSamples: 50, timeout: 2m}}, {analysis: {}}, {setWeight: 100}]";
    const [rollout] = planOfText(`${TEN_LINES}environments: [{strategy: {canary: {steps: ${steps}}}}]\n`).rollouts;
    expect(rollout?.steps).toEqual([
      { kind: "setMirrorRoute", percent: 100 },
      { kind: "setWeight", percent: 10 },
      { kind: "pause", minSamples: 50, timeoutMs: 120_000 },
      { kind: "analysis" },
      { kind: "setWeight", percent: 100 },
    ]);
  });

  test("needs the files that the spec names, and tells all that were not handed over", () => {
    const text = TEN_LINES.replace("serve.py]", "serve.py], smoke: {path: /x, bodyFile: smoke.json}").replace(
      "model: churn",
      "model: churn\npython: {requirements: requirements.txt}",
    );
    const missing = (): unknown => planOfText(text);
    expect(missing).toThrow(expect.objectContaining({ code: "spec.invalid" }) as SlipwayError);
    expect(missing).toThrow(/python\.requirements.*\n.*serve\.smoke\.bodyFile/u);
    const plan = planOfText(text, { requirementsText: "numpy==2.0.0\n", smokeBody: { inputs: [] } });
    expect(plan.pythonRequirements).toBe("numpy==2.0.0\n");
    expect(plan.serve.smoke).toEqual({ path: "/x", body: { inputs: [] } });
  });

  test("names the spec by the digest of what was checked", () => {
    const changed = checkSpec({ ...specOf(TEN_LINES), team: "other" }).spec;
    if (changed === undefined) throw new Error("the change is sound");
    const plan = planOfText(TEN_LINES);
    expect(plan.specDigest).toMatch(/^sha256:[0-9a-f]{64}$/u);
    expect(planOf(changed, CONTEXT).specDigest).not.toBe(plan.specDigest);
  });
});
