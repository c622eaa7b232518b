import { activityInfo } from "@temporalio/activity";
import type { JobBrief, ReleaseBrief } from "../domain/brief.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { JobSpec } from "../domain/job.ts";
import type { Digest, Json } from "../domain/json.ts";
import { isRecord } from "../domain/json.ts";
import type { ReleasePlan } from "../domain/plan.ts";
import type { ReleaseInput } from "../domain/release.ts";
import { digestOf } from "../digest.ts";
import { getPipeline } from "../registry/pipelines.ts";
import { openRelease } from "../registry/releases.ts";
import { stagesOf } from "../rollout/stages.ts";
import { planOf } from "../spec/plan-of.ts";
import { parseReleaseInput } from "../spec/release-input.ts";
import { checkSpec } from "../spec/check-spec.ts";
import { readNamedFiles } from "../spec/named-files.ts";
import { applySet } from "../spec/set-changes.ts";
import { problemsError } from "../spec/problem-text.ts";
import type { Dependencies } from "./dependencies.ts";
import { activityRelease } from "./release-id.ts";

export interface ReleaseToPlan {
  /** Whatever the workflow was started with. */
  readonly input: unknown;
}

/**
 * Resolves what a release was asked to do into a plan that nothing changes any more, and records both.
 * @throws {SlipwayError} `input.invalid`, `spec.invalid` or `pipeline.not-found`, with all problems at once
 */
export const createPlanRelease = (dependencies: Dependencies) =>
  async function planRelease({ input: raw }: ReleaseToPlan): Promise<ReleaseBrief> {
    const { db, settings, evidence } = dependencies;
    const { input, problems } = parseReleaseInput(raw);
    if (input === undefined) throw problemsError("input.invalid", problems);
    const source = await sourceOf(dependencies, input);
    const plan = await resolvePlan(dependencies, input, source);
    const planDigest = digestOf(plan);
    const release = activityRelease();
    const { identity, firstRunId } = await startOf(dependencies);
    const requestedBy = input.requestedBy ?? `unverified:${identity}`;
    const trigger = input.trigger ?? "manual";
    await openRelease(db, {
      release,
      firstExecutionRunId: firstRunId,
      pipeline: plan.pipeline,
      ...(source.revision === undefined ? {} : { revision: source.revision }),
      model: plan.model,
      team: plan.team,
      plan,
      planDigest,
      trigger,
      requestedBy,
    });
    await evidence.write(release, "plan.json", JSON.stringify(plan, undefined, 2));
    return briefOf(plan, { planDigest, trigger, requestedBy, heartbeatTimeoutMs: settings.heartbeatTimeoutMs });
  };

/** Where the spec and the code come from. */
interface Source {
  readonly revision?: number;
  readonly code?: Digest;
  readonly commit?: string;
  readonly spec: { readonly [key: string]: Json };
}

async function sourceOf({ db }: Dependencies, input: ReleaseInput): Promise<Source> {
  if (input.pipeline === undefined) {
    if (input.spec === undefined)
      throw new SlipwayError("input.invalid", "the input names neither a `pipeline` nor a `spec`");
    return { spec: input.spec };
  }
  const registered = await getPipeline(db, input.pipeline, input.revision);
  if (registered === undefined) {
    const which = input.revision === undefined ? "" : ` at revision ${input.revision}`;
    throw new SlipwayError(
      "pipeline.not-found",
      `no pipeline \`${input.pipeline}\` is registered${which}: run \`slipway register\` in its folder`,
    );
  }
  const { revision, code, commit, spec } = registered;
  return {
    revision,
    ...(code === undefined ? {} : { code }),
    ...(commit === undefined ? {} : { commit }),
    spec: input.spec ?? objectOf(spec),
  };
}

/** A spec that was registered is a document with keys; anything else is found out by the check that follows. */
function objectOf(spec: Json): { readonly [key: string]: Json } {
  return isRecord(spec) ? spec : {};
}

async function resolvePlan(
  { store, settings }: Dependencies,
  input: ReleaseInput,
  source: Source,
): Promise<ReleasePlan> {
  const changed = applySet(source.spec, input.set ?? {});
  const { spec, problems } = checkSpec(changed.document);
  const all = [...changed.problems, ...problems];
  if (spec === undefined || all.length > 0) throw problemsError("spec.invalid", all);
  const read = source.code === undefined ? async () => undefined : fileReader(store, source.code);
  const { requirementsText, smokeBody, problems: fileProblems } = await readNamedFiles(spec, read);
  if (fileProblems.length > 0) throw problemsError("spec.invalid", fileProblems);
  return planOf(spec, {
    pipeline: input.pipeline ?? spec.model,
    ...(source.code === undefined ? {} : { code: source.code }),
    ...(source.commit === undefined ? {} : { commit: source.commit }),
    ...(requirementsText === undefined ? {} : { requirementsText }),
    ...(smokeBody === undefined ? {} : { smokeBody }),
    policy: settings.policy,
  });
}

/** Reads a file of the packed pipeline; undefined when there is no such file. */
function fileReader(store: Dependencies["store"], code: Digest): (path: string) => Promise<string | undefined> {
  return async (path) => {
    const { files } = await store.manifest(code);
    const entry = files.find((file) => file.path === path);
    return entry === undefined ? undefined : new TextDecoder().decode(await store.getBlob(entry.sha256));
  };
}

/** Who started the run (the caller's own claim) and its first execution, by the first event of its history. */
async function startOf({
  temporal,
}: Dependencies): Promise<{ readonly identity: string; readonly firstRunId: string }> {
  const { workflowId, runId } = activityInfo().workflowExecution ?? { workflowId: "", runId: "" };
  const page = await temporal.workflowService.getWorkflowExecutionHistory({
    namespace: temporal.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const started = page.history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  return { identity: started?.identity ?? "nobody", firstRunId: started?.firstExecutionRunId || runId };
}

function briefOf(
  plan: ReleasePlan,
  rest: Pick<ReleaseBrief, "planDigest" | "trigger" | "requestedBy" | "heartbeatTimeoutMs">,
): ReleaseBrief {
  return {
    ...rest,
    pipeline: plan.pipeline,
    model: plan.model,
    team: plan.team,
    risk: plan.risk,
    prepare: plan.prepare.map(jobBrief),
    train: jobBrief(plan.train),
    evaluate: jobBrief(plan.evaluate.job),
    evaluationDataset: plan.evaluate.dataset,
    approval: plan.approval,
    rollouts: plan.rollouts.map(({ environment, endpoint, steps, pauseTimeoutMs }) => ({
      environment,
      endpoint,
      steps: stagesOf(steps).length,
      pauseTimeoutMs,
    })),
  };
}

function jobBrief({ name, budgets, inputs }: JobSpec): JobBrief {
  return { name, budgets, inputs };
}
