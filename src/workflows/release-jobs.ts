import type { AttemptRequest } from "../activities/run-attempt.ts";
import type { PinnedData } from "../activities/validate-data.ts";
import type { JobBrief } from "../domain/brief.ts";
import type { Digest } from "../domain/json.ts";
import { lengthy } from "./activities.ts";
import type { Ending, Inputs, ReleaseDesk, Trained } from "./release-desk.ts";
import { enter } from "./release-state.ts";
import { runJob } from "./run-job.ts";

export async function validateData({ brief, state }: ReleaseDesk): Promise<PinnedData | Ending> {
  enter(state, "validating data", "pinning the data sets and checking their contracts", {
    model: brief.model,
    pipeline: brief.pipeline,
    team: brief.team,
    trigger: brief.trigger,
  });
  const activities = lengthy(brief.heartbeatTimeoutMs, "pin and check the data");
  const data = await activities.validateData({ planDigest: brief.planDigest });
  return data.passed ? data : { outcome: "GateFailed", message: data.message };
}

export async function prepare(release: ReleaseDesk, data: PinnedData): Promise<{ inputs: Inputs } | Ending> {
  const jobs = release.brief.prepare;
  let inputs: Inputs = data.snapshots;
  if (jobs.length > 0) enter(release.state, "preparing", `running ${jobs.length} preparation jobs`);
  for (const [index, job] of jobs.entries()) {
    const ran = await runOne(release, job, `prepare/${job.name}`, { kind: "prepare", index }, inputs);
    if ("outcome" in ran) return ran;
    inputs = { ...inputs, [job.name]: ran.output };
  }
  return { inputs };
}

export async function train(release: ReleaseDesk, prepared: { readonly inputs: Inputs }): Promise<Trained | Ending> {
  enter(release.state, "training", "the training job runs; progress is in its pending activity");
  const ran = await runOne(release, release.brief.train, "train", { kind: "train" }, prepared.inputs);
  if ("outcome" in ran) return ran;
  return { model: ran.output, inputs: prepared.inputs, attempts: ran.attempts };
}

async function runOne(
  { brief, state }: ReleaseDesk,
  job: JobBrief,
  name: string,
  role: AttemptRequest["role"],
  available: Inputs,
): Promise<{ readonly output: Digest; readonly attempts: number } | Ending> {
  const inputs = job.inputs.flatMap((input) => {
    const digest = available[input];
    return digest === undefined ? [] : [{ name: input, digest }];
  });
  const request = { planDigest: brief.planDigest, job: name, role, inputs };
  const { heartbeatTimeoutMs } = brief;
  const { outcome } = await runJob({ brief: job, request, heartbeatTimeoutMs, attempts: state.attempts });
  const attempts = state.attempts.filter((line) => line.job === name).length;
  if (outcome?.status === "succeeded") return { output: outcome.output, attempts };
  const why = outcome === undefined ? "nothing ran" : `(${outcome.failureClass}): ${outcome.message}`;
  const times = `${attempts} attempt${attempts === 1 ? "" : "s"}`;
  return { outcome: "JobFailed", message: `${name} failed after ${times} ${why}` };
}
