import type { JobSpec } from "../domain/job.ts";
import { FENCE_VARIABLE } from "./process-kill.ts";
import type { StateFolder } from "./state-folder.ts";

/** Variables of our own processes that no user's process is to see: addresses and secrets of the orchestrator. */
const PRIVATE = /^(?:SLIPWAY_|TEMPORAL_|PG[A-Z]+$|DATABASE_URL$|NODE_OPTIONS$|NODE_CHANNEL_|npm_|VITEST)/u;

export type Environment = Readonly<Record<string, string>>;

/** What a script is told of its attempt, beside its folders. */
export interface ContractFacts {
  readonly releaseId: string;
  readonly job: string;
  readonly attempt: number;
  readonly fence: string;
  readonly spec: JobSpec;
  /** The checkpoint to go on from. */
  readonly resume?: { readonly dir: string; readonly step: number };
  readonly deadlineAtMs?: number;
  /** What CUDA knows the granted devices by. */
  readonly visibleDevices: readonly string[];
}

/** The variables of contract v1. Those without a value are absent: a script asks whether they are set. */
export function contractEnvironment(folder: StateFolder, facts: ContractFacts): Environment {
  return {
    SLIPWAY_RUN_ID: facts.releaseId,
    SLIPWAY_JOB: facts.job,
    SLIPWAY_ATTEMPT: String(facts.attempt),
    SLIPWAY_EXECUTION: "1",
    [FENCE_VARIABLE]: facts.fence,
    SLIPWAY_SEED: String(facts.spec.seed),
    SLIPWAY_PARAMS_FILE: folder.parametersFile,
    SLIPWAY_INPUTS_FILE: folder.inputsFile,
    SLIPWAY_OUTPUT_DIR: folder.output,
    SLIPWAY_CHECKPOINT_DIR: folder.checkpoints,
    SLIPWAY_PROGRESS_FILE: folder.progress,
    SLIPWAY_STOP_FILE: folder.stopFile,
    SLIPWAY_GRACE_SECONDS: String(facts.spec.graceMs / 1_000),
    ...(facts.resume && { SLIPWAY_RESUME_DIR: facts.resume.dir, SLIPWAY_RESUME_STEP: String(facts.resume.step) }),
    ...(facts.deadlineAtMs !== undefined && { SLIPWAY_DEADLINE_UNIX: String(Math.floor(facts.deadlineAtMs / 1_000)) }),
    // Set even when empty: a job without GPUs must not find those of others.
    CUDA_VISIBLE_DEVICES: facts.visibleDevices.join(","),
  };
}

/** What a user's process inherits: everything but our own variables, with Python's output unbuffered so that logs flow. */
export function inheritedEnvironment(own: Readonly<Record<string, string | undefined>>): Environment {
  const inherited: Record<string, string> = { PYTHONUNBUFFERED: "1" };
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && !PRIVATE.test(name)) inherited[name] = value;
  }
  return inherited;
}

/** CUDA's names of the granted devices: places in the list that this machine's own CUDA_VISIBLE_DEVICES gives, if any. */
export function visibleDevices(devices: readonly number[], machine: string | undefined): readonly string[] {
  const names = machine?.split(",").filter((name) => name !== "") ?? [];
  return devices.map((device) => names[device] ?? String(device));
}
