import { digestOf } from "../digest.ts";
import type { Problem } from "../domain/errors.ts";
import type { Digest, Json } from "../domain/json.ts";
import type { ApprovalPolicy, DatasetSpec, GateSpec, ReleasePlan, ServingPlan } from "../domain/plan.ts";
import { directionOf } from "./check-gates.ts";
import { filesOf, formatOf } from "./check-parts.ts";
import { spanMs } from "./fields.ts";
import type { GateDocument } from "./gate-schema.ts";
import { jobOf } from "./plan-job.ts";
import { rolloutOf } from "./plan-rollout.ts";
import { present } from "./present.ts";
import { problemsError } from "./problem-text.ts";
import type { Spec } from "./spec.ts";

/** What a plan needs beside the spec. Texts are those of the files that the spec names within the packed folder. */
export interface PlanContext {
  /** Name under which the pipeline is registered; for an inline spec, the model's name. */
  readonly pipeline: string;
  /** Digest of the packed folder's manifest. */
  readonly code?: Digest;
  readonly commit?: string;
  /** Content of `python.requirements`. */
  readonly requirementsText?: string;
  /** Content of `serve.smoke.bodyFile`. */
  readonly smokeBody?: Json;
  /** `development` lets the requester approve. */
  readonly policy: "standard" | "development";
}

const DEFAULT_MIN_SLICE_SIZE = 100;

/**
 * The plan of a checked spec: every default filled in, times in milliseconds, sizes in bytes. Equal specs and contexts
 * give equal plans; `specDigest` is that of the checked spec's canonical JSON.
 * @throws {SlipwayError} `spec.invalid` when a file that the spec names was not handed over
 */
export function planOf(spec: Spec, context: PlanContext): ReleasePlan {
  const missing = missingFiles(spec, context);
  if (missing.length > 0) throw problemsError("spec.invalid", missing);
  const datasets = Object.entries(spec.data).map(([name, dataset]) =>
    present<DatasetSpec>({
      name,
      files: filesOf(dataset),
      format: formatOf(dataset) ?? "parquet",
      contract: dataset.contract,
    }),
  );
  const trainable = datasets.map(({ name }) => name).filter((name) => name !== spec.evaluate.data);
  const prepared = spec.prepare.map(({ name }) => name);
  return present<ReleasePlan>({
    pipeline: context.pipeline,
    model: spec.model,
    team: spec.team,
    risk: spec.risk,
    code: context.code,
    commit: context.commit,
    pythonRequirements: spec.python === undefined ? undefined : context.requirementsText,
    specDigest: digestOf(spec),
    datasets,
    prepare: spec.prepare.map((job, index) => jobOf(job.name, job, [...trainable, ...prepared.slice(0, index)])),
    train: jobOf("train", spec.train, [...trainable, ...prepared]),
    evaluate: {
      job: jobOf("evaluate", spec.evaluate, ["model", "data"]),
      dataset: spec.evaluate.data,
      gates: spec.evaluate.gates.map(gateOf),
    },
    serve: servingOf(spec.serve, context.smokeBody),
    approval: approvalOf(spec, context.policy),
    rollouts: spec.environments.map((environment) => rolloutOf(environment, spec.model)),
  });
}

function missingFiles(spec: Spec, context: PlanContext): readonly Problem[] {
  const problems: Problem[] = [];
  const needs = (path: string, file: string | undefined, found: unknown): void => {
    if (file === undefined || found !== undefined) return;
    const message = `${file} is not among the pipeline's packed files; add it, or look into .slipwayignore`;
    problems.push({ path, message });
  };
  needs("python.requirements", spec.python?.requirements, context.requirementsText);
  needs("serve.smoke.bodyFile", spec.serve.smoke?.bodyFile, context.smokeBody);
  return problems;
}

function gateOf(gate: GateDocument): GateSpec {
  const sliced = gate.slice !== undefined || gate.sliceBy !== undefined;
  return present<GateSpec>({
    name: gate.name,
    metric: gate.metric,
    direction: directionOf(gate) ?? "decrease",
    slice: gate.slice,
    sliceBy: gate.sliceBy,
    minSliceSize: gate.minSliceSize ?? (sliced ? DEFAULT_MIN_SLICE_SIZE : 1),
    value: gate.value === undefined ? undefined : present(gate.value),
    change: gate.change === undefined ? undefined : present(gate.change),
    nonInferiority: gate.nonInferiority,
    onFail: gate.onFail,
    onInconclusive: gate.onInconclusive,
    onNoBaseline: gate.onNoBaseline,
  });
}

function servingOf(serve: Spec["serve"], fileBody: Json | undefined): ServingPlan {
  return present<ServingPlan>({
    command: serve.command,
    env: serve.env,
    readyPath: serve.ready,
    startTimeoutMs: spanMs(serve.startTimeout),
    smoke:
      serve.smoke === undefined ? undefined : { path: serve.smoke.path, body: serve.smoke.body ?? fileBody ?? null },
  });
}

function approvalOf({ approval, risk }: Spec, policy: "standard" | "development"): ApprovalPolicy {
  return {
    requiredApprovals: approval.requiredApprovals ?? (risk === "high" ? 2 : 1),
    minAssurance: "signal",
    expiresAfterMs: spanMs(approval.expiresAfter),
    allowSelfApproval: policy === "development",
    requireReason: approval.requireReason ?? risk === "high",
  };
}
