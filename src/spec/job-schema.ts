import { z } from "zod";
import { DEFAULT_BUDGETS } from "../domain/job.ts";
import { closed, type LaterKeys } from "./closed-object.ts";
import { AnyJson, ByteSize, Command, Duration, Environment, Name, WholeNumber } from "./fields.ts";

const Resources = closed(
  {
    cpu: z.number().positive().max(1024).default(1).describe("CPU cores."),
    gpu: WholeNumber.min(0).max(64).default(0).describe("Whole GPUs."),
    memory: ByteSize.optional().describe("Memory, such as 512Mi or 16Gi."),
  },
  {
    gpus: "write gpu: N",
    nodes: "use one machine",
    tpu: "use cpu or gpu",
  },
).describe("What the job may use at once.");

const Retries = closed({
  preemption: WholeNumber.min(0)
    .max(1000)
    .default(DEFAULT_BUDGETS.preemption)
    .describe("Further attempts after the job was preempted or yielded; it goes on from its newest checkpoint."),
  infra: WholeNumber.min(0)
    .max(1000)
    .default(DEFAULT_BUDGETS.infra)
    .describe("Further attempts after faults of the machine."),
  user: WholeNumber.min(0)
    .max(1000)
    .default(DEFAULT_BUDGETS.user)
    .describe("Further attempts after the script itself failed."),
}).describe("How many further attempts each class of failure is worth.");

const IMAGE = "give a command, and install what it needs with python.requirements";

/** Planned keys of every job. */
export const LATER_JOB_KEYS: LaterKeys = {
  image: IMAGE,
  container: IMAGE,
  tune: "set fixed parameters",
  nodes: "train on one machine",
  distributed: "train on one machine",
  queue: "use priority",
  secrets: "let the script read secrets from a file on the worker",
  secretEnv: "let the script read secrets from a file on the worker",
  cache: "leave it out",
};

/** Keys that every job has. */
export const jobShape = {
  command: Command.describe("The program and its arguments, as a list; run in a fresh copy of the pipeline's folder."),
  parameters: z
    .record(z.string().min(1), AnyJson)
    .default({})
    .describe("Any values; the script reads them from the JSON file SLIPWAY_PARAMS_FILE."),
  resources: Resources.prefault({}),
  env: Environment.default({}).describe("Plain environment variables. Not for secrets: they are recorded."),
  seed: WholeNumber.min(0).max(Number.MAX_SAFE_INTEGER).default(0).describe("Handed to the script as SLIPWAY_SEED."),
  priority: WholeNumber.min(-1000).max(1000).default(0).describe("Higher runs first when machines are short."),
  checkpointInterval: WholeNumber.positive()
    .optional()
    .describe("After how many of its own steps the script commits a checkpoint: the bound of lost work."),
  deadline: Duration.optional().describe("Longest running time of one attempt."),
  stallTimeout: Duration.optional().describe("Longest time without progress while running."),
  grace: Duration.default("10s").describe("Time between the wish to stop and the kill."),
  retries: Retries.prefault({}),
} as const;

const INPUTS = z
  .array(Name)
  .optional()
  .describe("Data sets and earlier prepare jobs whose files the job reads; by default all but the evaluation's data.");

export const PrepareJob = closed(
  { name: Name.describe("How later jobs name this one's output."), ...jobShape, inputs: INPUTS },
  { ...LATER_JOB_KEYS, needs: "prepare jobs run in the order of the list" },
);

export const TrainJob = closed({ ...jobShape, inputs: INPUTS }, LATER_JOB_KEYS);

export type JobDocument = z.output<typeof TrainJob>;
