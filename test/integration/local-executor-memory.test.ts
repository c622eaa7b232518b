import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { attemptOf, untilEnd } from "../conformance/executor-attempt.ts";
import { localExecutorUnderTest, type LocalExecutorUnderTest } from "../support/local-executor.ts";

const WORKER = new URL("../support/attempt-worker.mjs", import.meta.url).pathname;
const LIMIT_BYTES = 400_000_000;

/** A control group with a memory limit, where this machine lets a test make one. */
function limitedGroup(): string | undefined {
  const own = readFileSync("/proc/self/cgroup", "utf8");
  const first = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/mu.exec(own)?.[1];
  const unified = /^0::(.*)$/mu.exec(own)?.[1] ?? "";
  const [parent, file] =
    first === undefined
      ? [`/sys/fs/cgroup${unified}`, "memory.max"]
      : [`/sys/fs/cgroup/memory${first}`, "memory.limit_in_bytes"];
  const group = `${parent}/slipway-test-${process.pid}`;
  try {
    mkdirSync(group);
    writeFileSync(`${group}/${file}`, String(LIMIT_BYTES));
    return group;
  } catch (error) {
    process.stderr.write(
      `not tested: running out of memory, since no control group can be made here: ${String(error)}\n`,
    );
    if (existsSync(group)) rmdirSync(group);
    return undefined;
  }
}

const group = limitedGroup();

describe.runIf(group !== undefined)("a job that uses more memory than there is", () => {
  let subject: LocalExecutorUnderTest;
  beforeAll(async () => {
    subject = await localExecutorUnderTest();
  });
  afterAll(async () => {
    await subject.dispose();
    // The kernel lets go of a group a moment after its last process has ended.
    if (group !== undefined) await vi.waitFor(() => rmdirSync(group), { timeout: 20_000, interval: 100 });
  });

  test("is told from one that was preempted by the kernel's own count", async () => {
    const attempt = attemptOf(["python3", "-c", "held = b'x' * 2_000_000_000"]);
    const join = `echo $$ > ${group}/cgroup.procs && exec "$@"`;
    const worker = spawn("sh", ["-c", join, "sh", process.execPath, WORKER, subject.home, JSON.stringify(attempt)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    // Its supervisor is in the group, since the worker that started it is.
    await once(worker.stdout, "data");
    const handle = await subject.executor.ensure(attempt);
    expect(await untilEnd(subject.executor, handle)).toMatchObject({ failureClass: "outOfMemory" });
    const gone = worker.exitCode === null ? once(worker, "exit") : undefined;
    worker.kill("SIGKILL");
    await gone;
  });
});
