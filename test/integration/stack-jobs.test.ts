import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listAttempts } from "../../src/supervisor/list-attempts.ts";
import { statOf } from "../../src/supervisor/process-identity.ts";
import { cli } from "../support/cli.ts";
import type { FreshHome } from "../support/stack.ts";
import { freshHome, startUp } from "../support/stack.ts";

const RELEASE = "kept-alive";

/** Trains on until somebody says that it is enough. */
const PATIENT_TRAINING = `
import json, os, time
from pathlib import Path
home, step = Path(os.environ["SLIPWAY_PARAMS_FILE"]), 0
enough = Path(json.loads(home.read_text())["enough"])
with open(os.environ["SLIPWAY_PROGRESS_FILE"], "a") as progress:
    while not enough.exists():
        step += 1
        print(json.dumps({"step": step}), file=progress, flush=True)
        time.sleep(0.1)
output = Path(os.environ["SLIPWAY_OUTPUT_DIR"])
output.mkdir(parents=True, exist_ok=True)
(output / "model.json").write_text("[0, 0, 0, 0]")
`;

describe("a training that runs while the stack is stopped", () => {
  let fresh: FreshHome;
  let pipeline: string;
  beforeAll(async () => {
    fresh = await freshHome();
    pipeline = await mkdtemp(join(tmpdir(), "slipway-pipeline-"));
    await cp(resolve("templates/starter"), pipeline, { recursive: true });
    await writeFile(join(pipeline, "train.py"), PATIENT_TRAINING);
  });
  afterAll(async () => {
    await fresh.dispose();
    await rm(pipeline, { recursive: true });
  });

  test("is the same process after SIGTERM and SIGKILL of up, and its end is not missed", async () => {
    const enough = join(pipeline, "enough");
    const first = startUp(fresh);
    await first.event("stack.ready");
    const set = ["--set", `train.parameters.enough=${enough}`];
    const started = await slipway("run", "--id", RELEASE, ...set);
    expect(started).toMatchObject({ exitCode: 0 });
    const training = await trainingProcess();

    expect(await first.end("SIGTERM")).toBe(0);
    expect(statOf(training.pid)?.startTime).toBe(training.startTime);

    const second = startUp(fresh);
    await second.event("stack.ready");
    expect(await second.end("SIGKILL")).toBe("SIGKILL");
    const third = startUp(fresh);
    await third.event("stack.ready");
    expect(await trainingProcess()).toEqual(training);

    await writeFile(enough, "");
    await expect.poll(trainingEnd, { timeout: 60_000, interval: 250 }).toBe("succeeded");
    const attempts = await listAttempts(fresh.home, RELEASE);
    expect(attempts.filter(({ job }) => job === "train")).toHaveLength(1);
  });

  const slipway = (...args: string[]) => cli(args, { env: fresh.environment, cwd: pipeline });

  const training = async () =>
    (await listAttempts(fresh.home, RELEASE)).find(({ job }) => job === "train")?.observation;

  async function trainingProcess(): Promise<{ readonly pid: number; readonly startTime: string }> {
    let found: { readonly pid: number; readonly startTime: string } | undefined;
    await expect
      .poll(
        async () => {
          const now = await training();
          found = now?.phase === "running" ? now.process : undefined;
          return found;
        },
        { timeout: 60_000, interval: 250 },
      )
      .toBeDefined();
    if (found === undefined) throw new Error("the training never ran");
    return found;
  }

  /** How the release itself recorded the training's end. */
  async function trainingEnd(): Promise<string | undefined> {
    const { stdout } = await slipway("status", RELEASE, "--json");
    const { status } = JSON.parse(stdout) as { status?: { attempts: { job: string; ended?: string }[] } };
    return status?.attempts.find(({ job }) => job === "train")?.ended;
  }
});
