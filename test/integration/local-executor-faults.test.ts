import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AttemptSpec, Executor, JobHandle, Observation } from "../../src/executors/executor.ts";
import { listAttempts } from "../../src/supervisor/list-attempts.ts";
import { readLog } from "../../src/supervisor/log-reader.ts";
import { readJson, replaceJson } from "../../src/supervisor/json-file.ts";
import { identityOf, isAlive } from "../../src/supervisor/process-identity.ts";
import { fencedProcesses } from "../../src/supervisor/process-kill.ts";
import type { SupervisorRecord } from "../../src/supervisor/stop-request.ts";
import {
  attemptOf,
  nextAttempt,
  runToEnd,
  shellAttempt,
  untilEnd,
  untilPhase,
  untilSeen,
} from "../conformance/executor-attempt.ts";
import { localExecutorUnderTest, type LocalExecutorUnderTest } from "../support/local-executor.ts";

const TRAINER = readFileSync(new URL("../../bench/recovery/trainer.py", import.meta.url), "utf8");
const WORKER = new URL("../support/attempt-worker.mjs", import.meta.url).pathname;

type Running = Extract<Observation, { phase: "running" }>;

let subject: LocalExecutorUnderTest;
let executor: Executor;
beforeAll(async () => {
  subject = await localExecutorUnderTest();
  ({ executor } = subject);
});
afterAll(() => subject.dispose());

/** A training with a checkpoint every 5 steps. */
async function training(steps: number, stepSeconds: number): Promise<AttemptSpec> {
  const code = await subject.putTree({ "train.py": TRAINER });
  const parameters = { steps, interval: 5, stepSeconds };
  return attemptOf(["python3", "train.py"], { code }, { parameters, checkpointIntervalSteps: 5 });
}

/** Waits until a training has made this many steps and its last checkpoint is verified. */
async function untilStep(handle: JobHandle, step: number): Promise<Running> {
  const reached = (seen: Observation) => seen.phase === "running" && (seen.progress?.step ?? 0) >= step;
  const isVerified = (seen: Observation) =>
    seen.phase === "running" && (seen.checkpoint?.step ?? 0) >= step - (step % 5);
  const seen = await untilSeen(executor, handle, (now) => reached(now) && isVerified(now));
  if (seen.phase !== "running") throw new Error(`not running: ${JSON.stringify(seen)}`);
  return seen;
}

function pidOf({ process }: Running): number {
  if (process === undefined) throw new Error("no process");
  return process.pid;
}

async function supervisorOf(handle: JobHandle): Promise<SupervisorRecord> {
  const record = await readJson<SupervisorRecord>(subject.folderOf(handle).supervisor);
  if (record === undefined) throw new Error("no supervisor");
  return record;
}

describe("the death of a worker", () => {
  test("by SIGKILL leaves the job running in the same process; another one reattaches", async () => {
    const attempt = await training(100_000, 0.01);
    const worker = spawn(process.execPath, [WORKER, subject.home, JSON.stringify(attempt)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let first: { handle: JobHandle; observation: Observation } | undefined;
    for await (const line of createInterface({ input: worker.stdout })) {
      first = JSON.parse(line) as typeof first;
      if (first?.observation.phase === "running" && first.observation.progress !== undefined) break;
    }
    worker.kill("SIGKILL");
    await once(worker, "exit");
    const handle = await executor.ensure(attempt);
    expect(handle).toEqual(first?.handle);
    const later = await untilStep(handle, 30);
    expect(first?.observation).toMatchObject({ process: later.process });
    await executor.delete(handle);
  });

  test("between creating an attempt and starting its supervisor is made good by the next ensure", async () => {
    const attempt = shellAttempt('echo 1 > "$SLIPWAY_OUTPUT_DIR/model"');
    const handle = await executor.ensure(attempt);
    await untilEnd(executor, handle);
    // The state folder as it is at that moment: a record and nothing else.
    const folder = subject.folderOf(handle);
    const record = await readFile(folder.record);
    await rm(folder.path, { recursive: true });
    await mkdir(folder.path);
    await writeFile(folder.record, record);
    expect(await executor.ensure(attempt)).toEqual(handle);
    expect(await untilEnd(executor, handle)).toMatchObject({ phase: "succeeded" });
  });
});

describe("the death of the user's process", () => {
  test("by SIGKILL is preemption; the next attempt goes on from the newest checkpoint to the same model", async () => {
    const uninterrupted = await runToEnd(executor, await training(20, 0.001));
    const attempt = await training(20, 0.05);
    const handle = await executor.ensure(attempt);
    process.kill(pidOf(await untilStep(handle, 7)), "SIGKILL");
    const killed = await untilEnd(executor, handle);
    expect(killed).toMatchObject({ failureClass: "preempted", signal: "SIGKILL" });
    const finished = await runToEnd(executor, nextAttempt(attempt));
    if (finished.phase !== "succeeded" || uninterrupted.phase !== "succeeded") throw new Error("did not succeed");
    expect(finished.resumedFromStep).toBeGreaterThanOrEqual(5);
    expect(killed.progress?.step ?? 0).toBeLessThan((finished.resumedFromStep ?? 0) + 5);
    const models = [uninterrupted, finished].map(({ outputDir }) => readFileSync(join(outputDir, "model.bin"), "hex"));
    expect(models[0]).toBe(models[1]);
  });

  test("by a fault of its own is no preemption", async () => {
    expect(await runToEnd(executor, shellAttempt("kill -SEGV $$"))).toMatchObject({
      failureClass: "userError",
      signal: "SIGSEGV",
    });
  });

  test("takes what it had started with it, also what left its process group", async () => {
    const handle = await executor.ensure(shellAttempt("sleep 600 & setsid sleep 600 & echo ready; wait"));
    const { process: leader } = await untilPhase(executor, handle, "running");
    await until(async () => fencedProcesses(`1.1.${handle.uid}`, undefined).length === 3);
    process.kill(leader?.pid ?? 0, "SIGKILL");
    await untilEnd(executor, handle);
    expect(fencedProcesses(`1.1.${handle.uid}`, undefined)).toEqual([]);
  });
});

describe("the death of a supervisor", () => {
  test("by SIGKILL is a lost node; the process it left is killed before anyone is told", async () => {
    const attempt = await training(100_000, 0.01);
    const handle = await executor.ensure(attempt);
    const running = await untilStep(handle, 12);
    const leader = identityOf(pidOf(running));
    process.kill((await supervisorOf(handle)).identity.pid, "SIGKILL");
    const end = await untilEnd(executor, handle);
    expect(end).toMatchObject({ failureClass: "nodeLost", startedAtMs: running.startedAtMs });
    expect(leader && isAlive(leader)).toBe(false);
    expect(await executor.observe(handle)).toEqual(end);
    const next = await executor.ensure(nextAttempt(attempt));
    expect((await untilPhase(executor, next, "running")).resumedFromStep).toBeGreaterThanOrEqual(10);
    await executor.delete(next);
  });

  test("that could end properly first, by SIGTERM, counts as preemption", async () => {
    const handle = await executor.ensure(await training(100_000, 0.01));
    await untilStep(handle, 3);
    process.kill((await supervisorOf(handle)).identity.pid, "SIGTERM");
    expect(await untilEnd(executor, handle)).toMatchObject({ failureClass: "preempted" });
  });

  test("is noticed when another process has its number since", async () => {
    const handle = await executor.ensure(shellAttempt("exec sleep 600"));
    await untilPhase(executor, handle, "running");
    const supervisor = await supervisorOf(handle);
    // It cannot be made to die and its number be given away at will: it stands still, and its record names another start.
    process.kill(supervisor.identity.pid, "SIGSTOP");
    const stranger = { ...supervisor, identity: { ...supervisor.identity, startTime: "1" } };
    await replaceJson(subject.folderOf(handle).supervisor, stranger);
    expect(await executor.observe(handle)).toMatchObject({ failureClass: "nodeLost" });
    process.kill(supervisor.identity.pid, "SIGKILL");
  });

  test("whose process's number has been given away harms no stranger", async () => {
    const stranger = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
    const identity = identityOf(stranger.pid ?? 0);
    if (identity === undefined) throw new Error("no stranger");
    expect(fencedProcesses("nobody", identity)).toEqual([identity.pid]);
    expect(fencedProcesses("nobody", { ...identity, startTime: "1" })).toEqual([]);
    stranger.kill("SIGKILL");
  });
});

describe("the next attempt", () => {
  test("first makes sure that the one before is gone, and what that one still writes is ignored", async () => {
    const attempt = await training(100_000, 0.01);
    const handle = await executor.ensure(attempt);
    const first = await untilStep(handle, 6);
    const leader = identityOf(pidOf(first));
    const next = await executor.ensure(nextAttempt(attempt));
    await untilPhase(executor, next, "running");
    expect(leader && isAlive(leader)).toBe(false);
    expect(await executor.observe(handle)).toMatchObject({ phase: "failed", failureClass: "nodeLost" });
    await executor.delete(next);
  });

  test("passes over a checkpoint that was damaged, and over one that was never committed", async () => {
    const attempt = await training(100_000, 0.02);
    const handle = await executor.ensure(attempt);
    const running = await untilStep(handle, 11);
    process.kill(pidOf(running), "SIGKILL");
    const killed = await untilEnd(executor, handle);
    if (killed.phase !== "failed" || killed.checkpoint === undefined) throw new Error("no checkpoint");
    const { checkpoints } = subject.folderOf(handle);
    await writeFile(join(checkpoints, `step-${killed.checkpoint.step}`, "state"), "x".repeat(32));
    await mkdir(join(checkpoints, ".tmp-999"));
    await writeFile(join(checkpoints, ".tmp-999", "state"), "half");
    const next = await executor.ensure(nextAttempt(attempt));
    const resumed = await untilPhase(executor, next, "running");
    expect(resumed.resumedFromStep).toBe(killed.checkpoint.step - 5);
    expect(await wholeLogSoFar(next)).toContain(`the checkpoint of step ${killed.checkpoint.step} is not used`);
    await executor.delete(next);
  });

  test("that dies before its first progress line gives its checkpoint up; the one before is used", async () => {
    const script = [
      'commit() { mkdir "$SLIPWAY_CHECKPOINT_DIR/.tmp-$1"; echo $1 > "$SLIPWAY_CHECKPOINT_DIR/.tmp-$1/state"; mv "$SLIPWAY_CHECKPOINT_DIR/.tmp-$1" "$SLIPWAY_CHECKPOINT_DIR/step-$1"; }',
      'case "$SLIPWAY_RESUME_STEP" in "") commit 1; commit 2; exit 1;; 2) exit 1;; 1) echo from 1 > "$SLIPWAY_OUTPUT_DIR/model";; esac',
    ].join("\n");
    const attempt = shellAttempt(script);
    await runToEnd(executor, attempt);
    const second = nextAttempt(attempt);
    expect(await runToEnd(executor, second)).toMatchObject({ phase: "failed", resumedFromStep: 2 });
    expect(await runToEnd(executor, nextAttempt(second))).toMatchObject({ phase: "succeeded", resumedFromStep: 1 });
  });
});

describe("a release's attempts", () => {
  test("are listed by creation, with what they do and where their logs are, and nothing is changed", async () => {
    const attempt = shellAttempt("echo words; exit 1");
    await runToEnd(executor, attempt);
    const held = { ...shellAttempt("exec sleep 600"), releaseId: attempt.releaseId, job: "evaluate" };
    const handle = await executor.ensure(held);
    await untilPhase(executor, handle, "running");
    const listed = await listAttempts(subject.home, attempt.releaseId);
    expect(listed.map(({ job, attempt: number, observation }) => [job, number, observation.phase])).toEqual([
      ["train", 1, "failed"],
      ["evaluate", 1, "running"],
    ]);
    expect((await readLog(listed[0]?.path ?? "", 0)).text).toContain("words\n");
    expect(await listAttempts(subject.home, attempt.releaseId, held.firstExecutionRunId)).toHaveLength(1);
    expect(await listAttempts(subject.home, "another")).toEqual([]);
    process.kill((await supervisorOf(handle)).identity.pid, "SIGKILL");
    await until(async () => (await listAttempts(subject.home, attempt.releaseId))[1]?.observation.phase === "unknown");
    expect(await untilEnd(executor, handle)).toMatchObject({ failureClass: "nodeLost" });
  });
});

describe("a state folder", () => {
  test("for which no supervisor can be started is a lost node after three of them", async () => {
    const handle = await executor.ensure(shellAttempt("exec sleep 600"));
    await untilPhase(executor, handle, "running");
    const folder = subject.folderOf(handle);
    const { identity } = await supervisorOf(handle);
    process.kill(identity.pid, "SIGKILL");
    await until(async () => !isAlive(identity));
    await rm(folder.supervisor);
    await replaceJson(folder.launch, { identity, count: 3 });
    const end = await untilEnd(executor, handle);
    expect(end).toMatchObject({ failureClass: "nodeLost", message: expect.stringContaining("supervisor.log") });
    expect(fencedProcesses(`1.1.${handle.uid}`, undefined)).toEqual([]);
  });

  test("that somebody removed is a deleted attempt, and its processes end by themselves", async () => {
    const handle = await executor.ensure(shellAttempt("exec sleep 600"));
    await untilPhase(executor, handle, "running");
    const { identity } = await supervisorOf(handle);
    await rm(subject.folderOf(handle).path, { recursive: true });
    expect(await executor.observe(handle)).toMatchObject({ failureClass: "deletedExternally" });
    await until(async () => !isAlive(identity));
    expect(fencedProcesses(`1.1.${handle.uid}`, undefined)).toEqual([]);
  });

  test("that cannot be read is unknown, which never counts as a failure", async () => {
    const elsewhere = await localExecutorUnderTest({ home: join(subject.home, "not-mounted") });
    const handle: JobHandle = { backend: "local", name: "slipway-a", uid: "u", specDigest: "sha256:0" };
    expect(await elsewhere.executor.observe(handle)).toMatchObject({ phase: "unknown" });
  });
});

async function wholeLogSoFar(handle: JobHandle): Promise<string> {
  return (await executor.logs(handle, 0)).text;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  await expect.poll(holds, { timeout: 30_000, interval: 25 }).toBe(true);
}
