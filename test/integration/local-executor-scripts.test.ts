import { readFileSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Executor } from "../../src/executors/executor.ts";
import { readJson } from "../../src/supervisor/json-file.ts";
import type { SupervisorRecord } from "../../src/supervisor/stop-request.ts";
import { runToEnd, shellAttempt, untilPhase, untilSeen, wholeLog } from "../conformance/executor-attempt.ts";
import { localExecutorUnderTest, type LocalExecutorUnderTest } from "../support/local-executor.ts";

let subject: LocalExecutorUnderTest;
let executor: Executor;
beforeAll(async () => {
  subject = await localExecutorUnderTest();
  ({ executor } = subject);
});
afterAll(() => subject.dispose());

describe("a script that misbehaves", () => {
  test("by flooding its log fills neither disk nor memory, and both ends of the log are kept", async () => {
    const script = "echo first words; yes 0123456789abcdef | head -c 200000000; echo last words; exit 1";
    const handle = await executor.ensure(shellAttempt(script));
    await untilPhase(executor, handle, "running");
    const supervisor = await readJson<SupervisorRecord>(subject.folderOf(handle).supervisor);
    let peakKib = 0;
    await untilSeen(executor, handle, () => {
      peakKib = Math.max(peakKib, residentKib(supervisor?.identity.pid ?? 0));
      return false;
    });
    const { logs } = subject.folderOf(handle);
    const sizes = await Promise.all((await readdir(logs)).map(async (name) => (await stat(join(logs, name))).size));
    expect(sizes.reduce((total, size) => total + size, 0)).toBeLessThan(50_000_000);
    expect(peakKib).toBeGreaterThan(0);
    expect(peakKib).toBeLessThan(150_000);
    const log = await wholeLog(executor, handle);
    expect(log).toContain("first words\n0123456789abcdef");
    expect(log).toMatch(/\[slipway\] \d{9} bytes of output were dropped here\n/u);
    expect(log).toContain("last words\n");
  });

  test("by flooding its progress file still shows its last step", async () => {
    const script = [
      `yes '{"step":1,"metrics":{"loss":0.5}}' | head -n 400000 >> "$SLIPWAY_PROGRESS_FILE"`,
      `head -c 3000000 /dev/zero | tr '\\0' x >> "$SLIPWAY_PROGRESS_FILE"; echo >> "$SLIPWAY_PROGRESS_FILE"`,
      `printf '{"step":99}' >> "$SLIPWAY_PROGRESS_FILE"; exit 1`,
    ].join("\n");
    expect(await runToEnd(executor, shellAttempt(script))).toMatchObject({ progress: { step: 99 } });
  });

  test("by writing a link as its result is told so", async () => {
    const end = await runToEnd(executor, shellAttempt('ln -s /etc/passwd "$SLIPWAY_OUTPUT_DIR/model"'));
    expect(end).toMatchObject({ failureClass: "userError", message: expect.stringContaining('"model"') });
  });

  test("sees none of the orchestrator's own variables", async () => {
    process.env["SLIPWAY_DATABASE_URL"] = "postgres://secret";
    process.env["PGPASSWORD"] = "secret";
    const end = await runToEnd(executor, shellAttempt('env > "$SLIPWAY_OUTPUT_DIR/env"'));
    delete process.env["SLIPWAY_DATABASE_URL"];
    delete process.env["PGPASSWORD"];
    if (end.phase !== "succeeded") throw new Error(end.message);
    expect(await readFile(join(end.outputDir, "env"), "utf8")).not.toContain("secret");
  });
});

/** The most memory a process has had resident so far; 0 when it is gone. */
function residentKib(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/mu.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
