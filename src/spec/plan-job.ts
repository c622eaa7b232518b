import type { JobSpec } from "../domain/job.ts";
import { parseBytes } from "./byte-size.ts";
import { spanMs } from "./fields.ts";
import type { JobDocument } from "./job-schema.ts";
import { present } from "./present.ts";

/** A job of the spec, resolved. `defaultInputs` is what it reads when it names nothing. */
export function jobOf(
  name: string,
  job: Omit<JobDocument, "inputs"> & { readonly inputs?: readonly string[] | undefined },
  defaultInputs: readonly string[],
): JobSpec {
  const { cpu, gpu, memory } = job.resources;
  return present<JobSpec>({
    name,
    command: job.command,
    env: job.env,
    parameters: job.parameters,
    inputs: job.inputs ?? defaultInputs,
    resources: present<JobSpec["resources"]>({
      cpus: cpu,
      gpus: gpu,
      memoryBytes: memory === undefined ? undefined : parseBytes(memory),
    }),
    priority: job.priority,
    seed: job.seed,
    budgets: job.retries,
    graceMs: spanMs(job.grace),
    deadlineMs: optionalSpanMs(job.deadline),
    stallTimeoutMs: optionalSpanMs(job.stallTimeout),
    checkpointIntervalSteps: job.checkpointInterval,
  });
}

function optionalSpanMs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : spanMs(text);
}
