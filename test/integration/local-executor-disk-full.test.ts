import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Executor } from "../../src/executors/executor.ts";
import {
  nextAttempt,
  shellAttempt,
  untilEnd,
  untilPhase,
  untilSeen,
  wholeLog,
} from "../conformance/executor-attempt.ts";
import { localExecutorUnderTest, type LocalExecutorUnderTest } from "../support/local-executor.ts";

const folder = await mkdtemp(join(tmpdir(), "slipway-disk-"));
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], { encoding: "utf8" });
const isMounted = mounted.status === 0;
if (!isMounted) process.stderr.write(`not tested: a full disk, since none can be mounted here: ${mounted.stderr}\n`);

const FILL = `cat /dev/zero > filler 2>/dev/null`;
const COMMIT =
  'commit() { mkdir "$SLIPWAY_CHECKPOINT_DIR/.tmp-$1" && echo "state $1" > "$SLIPWAY_CHECKPOINT_DIR/.tmp-$1/state" && mv "$SLIPWAY_CHECKPOINT_DIR/.tmp-$1" "$SLIPWAY_CHECKPOINT_DIR/step-$1"; }';

describe.runIf(isMounted)("a full disk", () => {
  let subject: LocalExecutorUnderTest;
  let executor: Executor;
  beforeAll(async () => {
    subject = await localExecutorUnderTest({ home: join(folder, "home") });
    ({ executor } = subject);
  });
  afterAll(async () => {
    await subject.dispose();
    spawnSync("umount", [folder]);
    await rm(folder, { recursive: true, force: true });
  });

  test("while a job runs delays what is known of it, and the job goes on when there is space", async () => {
    const go = join(tmpdir(), `slipway-go-${process.pid}`);
    const script = `${COMMIT}; commit 1; ${FILL}; echo '{"step":1}' >> "$SLIPWAY_PROGRESS_FILE"; while ! [ -e ${go} ]; do sleep 0.05; done; rm filler; commit 2; echo '{"step":2}' >> "$SLIPWAY_PROGRESS_FILE"; sleep 1; echo done > "$SLIPWAY_OUTPUT_DIR/model"`;
    const handle = await executor.ensure(shellAttempt(script));
    await untilPhase(executor, handle, "running");
    await expect.poll(() => isFull(), { timeout: 30_000 }).toBe(true);
    expect(await executor.observe(handle)).toMatchObject({ phase: "running" });
    await writeFile(go, "");
    const seen = await untilSeen(executor, handle, (now) => now.phase === "running" && now.checkpoint?.step === 2);
    expect(seen).toMatchObject({ phase: "running" });
    expect(await untilEnd(executor, handle)).toMatchObject({ phase: "succeeded" });
    await rm(go);
  });

  test("while a checkpoint is written costs that checkpoint only; the end is recorded although the disk stays full", async () => {
    const script = `if [ -n "$SLIPWAY_RESUME_STEP" ]; then echo "$SLIPWAY_RESUME_STEP" > "$SLIPWAY_OUTPUT_DIR/model"; exit 0; fi; ${COMMIT}; commit 1; until [ -e "$SLIPWAY_CHECKPOINT_DIR/step-1.manifest.json" ]; do sleep 0.05; done; mkdir "$SLIPWAY_CHECKPOINT_DIR/.tmp-2"; cat /dev/zero > "$SLIPWAY_CHECKPOINT_DIR/.tmp-2/state" || exit 1`;
    const attempt = shellAttempt(script);
    const handle = await executor.ensure(attempt);
    const end = await untilEnd(executor, handle);
    expect(end).toMatchObject({ phase: "failed", failureClass: "userError", checkpoint: { step: 1 } });
    // What the script left half-written is removed with the attempt's end.
    expect((await readdir(subject.folderOf(handle).checkpoints)).filter((name) => name.startsWith(".tmp"))).toEqual([]);
    const next = await executor.ensure(nextAttempt(attempt));
    expect(await untilEnd(executor, next)).toMatchObject({ phase: "succeeded", resumedFromStep: 1 });
  });

  test("that its supervisor meets is told in the log", async () => {
    const script = `${FILL}; i=0; while [ $i -lt 10 ]; do i=$((i+1)); echo "{\\"step\\":$i}" >> "$SLIPWAY_PROGRESS_FILE"; sleep 0.1; done; exit 1`;
    const handle = await executor.ensure(shellAttempt(script));
    expect(await untilEnd(executor, handle)).toMatchObject({ phase: "failed", failureClass: "userError" });
    const log = await wholeLog(executor, handle);
    expect(log).toContain("the supervisor could not always write its records: ENOSPC");
    expect(log).toContain("userError: exit code 1");
  });
});

function isFull(): boolean {
  const { stdout } = spawnSync("df", ["--output=avail", folder], { encoding: "utf8" });
  return Number(stdout.split("\n")[1]) === 0;
}
