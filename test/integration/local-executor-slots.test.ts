import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Resources } from "../../src/domain/job.ts";
import type { Executor, JobHandle, Observation } from "../../src/executors/executor.ts";
import { readJson } from "../../src/supervisor/json-file.ts";
import type { SupervisorRecord } from "../../src/supervisor/stop-request.ts";
import { runToEnd, shellAttempt, untilEnd, untilPhase, untilSeen } from "../conformance/executor-attempt.ts";
import { localExecutorUnderTest, type LocalExecutorUnderTest } from "../support/local-executor.ts";

let subject: LocalExecutorUnderTest;
let executor: Executor;
beforeEach(async () => {
  subject = await localExecutorUnderTest({ cpuSlots: 2, gpuSlots: 2 });
  ({ executor } = subject);
});
afterEach(() => subject.dispose());

const HOLD = "exec sleep 600";

function start(script: string, resources: Resources, priority = 0): Promise<JobHandle> {
  return executor.ensure(shellAttempt(script, {}, { resources, priority }));
}

/** Starts a job that has to wait, and returns once it does. */
async function startWaiting(resources: Resources, priority = 0): Promise<JobHandle> {
  const handle = await start(HOLD, resources, priority);
  await untilPhase(executor, handle, "queued");
  return handle;
}

async function untilPosition(handle: JobHandle, position: number): Promise<void> {
  const isThere = (seen: Observation) => seen.phase === "queued" && seen.position === position;
  expect(await untilSeen(executor, handle, isThere)).toMatchObject({ phase: "queued", position });
}

describe("jobs that want more than the machine has", () => {
  test("wait in the order of their arrival, the urgent ones first, and run when it is their turn", async () => {
    const running = await start(HOLD, { cpus: 2, gpus: 0 });
    await untilPhase(executor, running, "running");
    const first = await startWaiting({ cpus: 2, gpus: 0 });
    const second = await startWaiting({ cpus: 2, gpus: 0 });
    await untilPosition(second, 2);
    const urgent = await startWaiting({ cpus: 2, gpus: 0 }, 10);
    await untilPosition(urgent, 1);
    await untilPosition(first, 2);
    await untilPosition(second, 3);
    await executor.delete(running);
    await untilPhase(executor, urgent, "running");
    await executor.delete(urgent);
    await untilPhase(executor, first, "running");
    await untilPosition(second, 1);
    expect(await executor.observe(second)).toMatchObject({ message: "waits for 2 CPU and 0 GPU slots" });
  });

  test("get the slots of one whose supervisor was killed", async () => {
    const running = await start(HOLD, { cpus: 2, gpus: 0 });
    await untilPhase(executor, running, "running");
    const waiting = await startWaiting({ cpus: 1, gpus: 0 });
    const { identity } = (await readJson<SupervisorRecord>(subject.folderOf(running).supervisor)) as SupervisorRecord;
    process.kill(identity.pid, "SIGKILL");
    await untilPhase(executor, waiting, "running");
    expect(await executor.observe(running)).toMatchObject({ failureClass: "nodeLost" });
  });

  test("can be stopped while they wait", async () => {
    const running = await start(HOLD, { cpus: 2, gpus: 0 });
    await untilPhase(executor, running, "running");
    const waiting = await startWaiting({ cpus: 1, gpus: 0 });
    const behind = await startWaiting({ cpus: 1, gpus: 0 });
    await executor.requestStop(waiting, 1_000);
    expect(await untilEnd(executor, waiting)).toMatchObject({ failureClass: "cancelled" });
    await untilPosition(behind, 1);
  });

  test("and never will have it are misconfigured at once", async () => {
    const end = await runToEnd(executor, shellAttempt(HOLD, {}, { resources: { cpus: 3, gpus: 0 } }));
    expect(end).toMatchObject({ failureClass: "misconfigured", message: expect.stringContaining("SLIPWAY_CPU_SLOTS") });
  });
});

describe("GPUs", () => {
  test("are given to one job at a time, by CUDA_VISIBLE_DEVICES", async () => {
    const script = `echo "$CUDA_VISIBLE_DEVICES" > "$SLIPWAY_OUTPUT_DIR/devices"; ${HOLD}`;
    const handles = [await start(script, { cpus: 0.5, gpus: 1 }), await start(script, { cpus: 0.5, gpus: 1 })];
    const devices: string[] = [];
    for (const handle of handles) {
      await untilPhase(executor, handle, "running");
      const file = join(subject.folderOf(handle).output, "devices");
      await expect.poll(() => readFile(file, "utf8").catch(() => ""), { timeout: 30_000 }).toMatch(/^\d\n$/u);
      devices.push((await readFile(file, "utf8")).trim());
    }
    expect(devices.toSorted()).toEqual(["0", "1"]);
    const third = await startWaiting({ cpus: 0.5, gpus: 1 });
    await untilPosition(third, 1);
  });

  test("are hidden from a job that asked for none", async () => {
    const end = await runToEnd(
      executor,
      shellAttempt('echo "[$CUDA_VISIBLE_DEVICES]" > "$SLIPWAY_OUTPUT_DIR/devices"'),
    );
    if (end.phase !== "succeeded") throw new Error(end.message);
    expect(await readFile(join(end.outputDir, "devices"), "utf8")).toBe("[]\n");
  });
});
