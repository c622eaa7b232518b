import { describe, expect, test } from "vitest";
import { DEFAULT_BUDGETS } from "../domain/job.ts";
import {
  contractEnvironment,
  inheritedEnvironment,
  visibleDevices,
  type ContractFacts,
} from "./contract-environment.ts";
import { stateFolder } from "./state-folder.ts";

const facts: ContractFacts = {
  releaseId: "release/1",
  job: "train",
  attempt: 2,
  fence: "2.1.uid",
  spec: {
    name: "train",
    command: ["true"],
    env: {},
    parameters: {},
    inputs: [],
    resources: { cpus: 1, gpus: 0 },
    priority: 0,
    seed: 7,
    budgets: DEFAULT_BUDGETS,
    graceMs: 2_500,
  },
  visibleDevices: [],
};

describe("the environment of a script", () => {
  test("holds every variable of the contract", () => {
    const resume = { dir: "/jobs/one/checkpoints/step-5", step: 5 };
    const environment = contractEnvironment(stateFolder("/jobs/two"), { ...facts, resume, deadlineAtMs: 61_999 });
    expect(environment).toEqual({
      SLIPWAY_RUN_ID: "release/1",
      SLIPWAY_JOB: "train",
      SLIPWAY_ATTEMPT: "2",
      SLIPWAY_EXECUTION: "1",
      SLIPWAY_FENCE: "2.1.uid",
      SLIPWAY_SEED: "7",
      SLIPWAY_PARAMS_FILE: "/jobs/two/parameters.json",
      SLIPWAY_INPUTS_FILE: "/jobs/two/inputs.json",
      SLIPWAY_OUTPUT_DIR: "/jobs/two/output",
      SLIPWAY_CHECKPOINT_DIR: "/jobs/two/checkpoints",
      SLIPWAY_RESUME_DIR: "/jobs/one/checkpoints/step-5",
      SLIPWAY_RESUME_STEP: "5",
      SLIPWAY_PROGRESS_FILE: "/jobs/two/progress.jsonl",
      SLIPWAY_STOP_FILE: "/jobs/two/stop",
      SLIPWAY_GRACE_SECONDS: "2.5",
      SLIPWAY_DEADLINE_UNIX: "61",
      CUDA_VISIBLE_DEVICES: "",
    });
  });

  test("leaves out what does not apply, so that a script can ask whether it is set", () => {
    const environment = contractEnvironment(stateFolder("/jobs/two"), facts);
    expect(environment).not.toHaveProperty("SLIPWAY_RESUME_DIR");
    expect(environment).not.toHaveProperty("SLIPWAY_RESUME_STEP");
    expect(environment).not.toHaveProperty("SLIPWAY_DEADLINE_UNIX");
  });

  test("inherits the machine's variables but none of the orchestrator's", () => {
    const own = {
      PATH: "/usr/bin",
      HTTPS_PROXY: "http://proxy",
      AWS_PROFILE: "research",
      SLIPWAY_DATABASE_URL: "postgres://secret",
      TEMPORAL_API_KEY: "secret",
      PGPASSWORD: "secret",
      DATABASE_URL: "postgres://secret",
      npm_config_registry: "http://registry",
      NODE_OPTIONS: "--inspect",
    };
    const inherited = inheritedEnvironment(own);
    expect(inherited).toEqual({
      PATH: "/usr/bin",
      HTTPS_PROXY: "http://proxy",
      AWS_PROFILE: "research",
      PYTHONUNBUFFERED: "1",
    });
  });

  test("names devices as the machine's own list of visible ones does", () => {
    expect(visibleDevices([0, 2], undefined)).toEqual(["0", "2"]);
    expect(visibleDevices([0, 1], "GPU-a,GPU-b")).toEqual(["GPU-a", "GPU-b"]);
    expect(visibleDevices([1], "4,5")).toEqual(["5"]);
  });
});
