import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Digest } from "../../src/domain/json.ts";
import type { Executor } from "../../src/executors/executor.ts";
import {
  attemptOf,
  nextAttempt,
  runToEnd,
  shellAttempt,
  untilEnd,
  untilPhase,
  untilSeen,
  wholeLog,
} from "./executor-attempt.ts";

/** An executor, and a way to lay trees into the store from which it takes code and inputs. */
export interface ExecutorUnderTest {
  readonly executor: Executor;
  readonly putTree: (files: Readonly<Record<string, string>>) => Promise<Digest>;
  /** Ends whatever still runs. */
  readonly dispose: () => Promise<void>;
}

const ABSENT: Digest = `sha256:${"0".repeat(64)}`;
const SLEEP = "echo started; exec sleep 600";
const SUCCEED = 'echo "$SLIPWAY_ATTEMPT" > "$SLIPWAY_OUTPUT_DIR/model"';
/** Commits the checkpoint of a step, then says so in the progress file. */
const COMMIT = (step: number) =>
  `mkdir "$SLIPWAY_CHECKPOINT_DIR/.tmp-${step}" && echo ${step} > "$SLIPWAY_CHECKPOINT_DIR/.tmp-${step}/state" && ` +
  `mv "$SLIPWAY_CHECKPOINT_DIR/.tmp-${step}" "$SLIPWAY_CHECKPOINT_DIR/step-${step}"; echo '{"step":${step}}' >> "$SLIPWAY_PROGRESS_FILE"`;

/** What every executor must do. A new one is finished when this passes. Attempts are shell scripts. */
export function describeExecutor(name: string, create: () => Promise<ExecutorUnderTest>): void {
  describe(`${name} is an Executor`, () => {
    let executor: Executor;
    let subject: ExecutorUnderTest;
    beforeAll(async () => {
      subject = await create();
      ({ executor } = subject);
    });
    afterAll(() => subject.dispose());

    describe("an attempt's name", () => {
      test("ensured twice is one attempt", async () => {
        const attempt = shellAttempt(SLEEP);
        const handle = await executor.ensure(attempt);
        expect(await executor.ensure(attempt)).toEqual(handle);
        await executor.delete(handle);
      });

      test("ensured ten times at once is one attempt", async () => {
        const attempt = shellAttempt(SLEEP);
        const handles = await Promise.all(Array.from({ length: 10 }, () => executor.ensure(attempt)));
        expect(new Set(handles.map(({ uid }) => uid)).size).toBe(1);
        for (const handle of handles) await executor.delete(handle);
      });

      test("is at most 52 characters that Kubernetes takes, too", async () => {
        const handle = await executor.ensure(shellAttempt(SLEEP));
        expect(handle.name).toMatch(/^slipway-[a-z0-9]{1,44}$/u);
        await executor.delete(handle);
      });

      test("is refused to an attempt of another specification", async () => {
        const attempt = shellAttempt(SLEEP);
        const handle = await executor.ensure(attempt);
        const other = { ...attempt, spec: { ...attempt.spec, seed: 8 } };
        await expect(executor.ensure(other)).rejects.toMatchObject({ code: "job.name-conflict" });
        await executor.delete(handle);
      });

      test("given to another attempt afterwards is not the old one", async () => {
        const attempt = shellAttempt(SLEEP);
        const old = await executor.ensure(attempt);
        await executor.delete(old);
        const young = await executor.ensure(attempt);
        expect(young.uid).not.toBe(old.uid);
        expect(await executor.observe(old)).toMatchObject({ phase: "failed", failureClass: "deletedExternally" });
        await executor.requestStop(old, 0);
        expect(await untilPhase(executor, young, "running")).toBeDefined();
        await executor.delete(young);
      });
    });

    describe("a script", () => {
      test("that writes a result and exits with 0 has succeeded, and its output lies in a folder", async () => {
        const end = await runToEnd(executor, shellAttempt(SUCCEED));
        if (end.phase !== "succeeded") throw new Error(end.message);
        expect(await readFile(join(end.outputDir, "model"), "utf8")).toBe("1\n");
      });

      test("that exits with 0 and writes nothing has failed by its own fault", async () => {
        const end = await runToEnd(executor, shellAttempt("true"));
        expect(end).toMatchObject({ phase: "failed", failureClass: "userError" });
        expect(end).toHaveProperty("message", expect.stringContaining("SLIPWAY_OUTPUT_DIR"));
      });

      test("finds its code as working directory, its inputs, parameters, seed and folders", async () => {
        const code = await subject.putTree({ "train.sh": "#!/bin/sh\n. ./lib/part.sh\n", "lib/part.sh": REPORT });
        const rows = await subject.putTree({ "rows.csv": "a,b\n1,2\n" });
        const attempt = attemptOf(
          ["sh", "train.sh"],
          { code, inputs: [{ name: "rows", digest: rows }], job: "train-a" },
          { parameters: { rounds: 3 }, env: { FLAVOUR: "vanilla" }, deadlineMs: 60_000 },
        );
        const end = await runToEnd(executor, attempt);
        if (end.phase !== "succeeded") throw new Error(end.message);
        const report = await readFile(join(end.outputDir, "report"), "utf8");
        expect(report.split("\n")).toEqual([
          `run ${attempt.releaseId}`,
          "job train-a attempt 1 execution 1 seed 7 flavour vanilla grace 2",
          '{"rounds":3}',
          expect.stringMatching(new RegExp(`^[{]"rows":[{]"path":"[^"]+","digest":"${rows}"[}][}]$`, "u")),
          "a,b",
          "1,2",
          "no resume",
          "deadline in 60 s",
          "no input",
          "",
        ]);
      });

      test.each([
        [64, { failureClass: "userError", retryable: false }],
        [65, { failureClass: "userError", retryable: false }],
        [78, { failureClass: "userError", retryable: false }],
        [75, { failureClass: "userError", retryable: true }],
        [76, { failureClass: "userError" }],
        [3, { failureClass: "userError", exitCode: 3 }],
      ])("that exits with %i", async (exitCode, expected) => {
        expect(await runToEnd(executor, shellAttempt(`exit ${exitCode}`))).toMatchObject(expected);
      });

      test("that exits with 76 after a checkpoint has yielded", async () => {
        const end = await runToEnd(executor, shellAttempt(`${COMMIT(5)}; exit 76`));
        expect(end).toMatchObject({ failureClass: "yielded", checkpoint: { step: 5 }, progress: { step: 5 } });
      });

      test("may say in error.json what went wrong, and whether trying again helps", async () => {
        const error = '{"type":"DataError","message":"no rows","retryable":false}';
        const end = await runToEnd(
          executor,
          shellAttempt(`echo '${error}' > "$SLIPWAY_OUTPUT_DIR/error.json"; exit 1`),
        );
        expect(end).toMatchObject({ failureClass: "userError", retryable: false });
        expect(end).toHaveProperty("message", expect.stringContaining("DataError: no rows"));
      });

      test("whose command does not exist is misconfigured", async () => {
        const end = await runToEnd(executor, attemptOf(["no-such-program-anywhere"]));
        expect(end).toMatchObject({
          failureClass: "misconfigured",
          message: expect.stringContaining("no-such-program-anywhere"),
        });
      });

      test("whose files are not in the store is refused at once", async () => {
        const attempt = shellAttempt(SUCCEED, { inputs: [{ name: "rows", digest: ABSENT }] });
        await expect(executor.ensure(attempt)).rejects.toMatchObject({ code: "artifact.missing" });
      });
    });

    describe("progress", () => {
      test("is seen while the script runs; broken lines do no harm", async () => {
        const lines = ["not json", '{"step":"four"}', '{"step":4,"total":10,"metrics":{"loss":NaN}}', '{"step":'];
        const script = `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")} >> "$SLIPWAY_PROGRESS_FILE"; ${SLEEP}`;
        const handle = await executor.ensure(shellAttempt(script));
        const seen = await untilSeen(executor, handle, (now) => now.phase === "running" && now.progress !== undefined);
        expect(seen).toMatchObject({ phase: "running", progress: { step: 4, total: 10, metrics: { loss: "NaN" } } });
        await executor.delete(handle);
      });

      test("that stays out for the stall timeout ends the attempt as stalled", async () => {
        const script = `echo '{"step":1}' >> "$SLIPWAY_PROGRESS_FILE"; ${SLEEP}`;
        const end = await runToEnd(executor, shellAttempt(script, {}, { stallTimeoutMs: 700 }));
        expect(end).toMatchObject({ failureClass: "stalled", progress: { step: 1 } });
      });

      test("does not extend the deadline", async () => {
        const script = `while true; do echo '{"step":1}' >> "$SLIPWAY_PROGRESS_FILE"; sleep 0.1; done`;
        const end = await runToEnd(executor, shellAttempt(script, {}, { deadlineMs: 700, stallTimeoutMs: 600_000 }));
        expect(end).toMatchObject({ failureClass: "deadline" });
      });
    });

    describe("a stop on request", () => {
      test("reaches the script as a file and as SIGTERM, and it may still checkpoint and yield", async () => {
        const script = `trap '${COMMIT(3).replaceAll("'", "'\\''")}; test -e "$SLIPWAY_STOP_FILE" && exit 76' TERM; echo ready; while true; do sleep 0.05; done`;
        const handle = await executor.ensure(shellAttempt(script));
        await untilLogOrRunning(executor, handle);
        await executor.requestStop(handle, 10_000);
        expect(await untilEnd(executor, handle)).toMatchObject({ failureClass: "yielded", checkpoint: { step: 3 } });
      });

      test("that the script ignores ends in a kill after the grace", async () => {
        const handle = await executor.ensure(shellAttempt(`trap '' TERM; echo ready; while true; do sleep 0.05; done`));
        await untilLogOrRunning(executor, handle);
        await executor.requestStop(handle, 300);
        expect(await untilEnd(executor, handle)).toMatchObject({ failureClass: "cancelled" });
      });

      test("twice, and after the end, is no error", async () => {
        const handle = await executor.ensure(shellAttempt(SLEEP));
        await untilPhase(executor, handle, "running");
        await executor.requestStop(handle, 1_000);
        await executor.requestStop(handle, 1_000);
        await untilEnd(executor, handle);
        await expect(executor.requestStop(handle, 1_000)).resolves.toBeUndefined();
        await executor.delete(handle);
        await expect(executor.delete(handle)).resolves.toBeUndefined();
        await expect(executor.requestStop(handle, 1_000)).resolves.toBeUndefined();
      });
    });

    describe("the next attempt", () => {
      test("goes on from the newest checkpoint", async () => {
        const resumed = `if [ -n "$SLIPWAY_RESUME_DIR" ]; then cp "$SLIPWAY_RESUME_DIR/state" "$SLIPWAY_OUTPUT_DIR/from"; echo "$SLIPWAY_RESUME_STEP" >> "$SLIPWAY_OUTPUT_DIR/from"; exit 0; fi`;
        const first = shellAttempt(`${resumed}; ${COMMIT(10)}; ${COMMIT(20)}; exit 1`);
        expect(await runToEnd(executor, first)).toMatchObject({ failureClass: "userError", checkpoint: { step: 20 } });
        const end = await runToEnd(executor, nextAttempt(first));
        if (end.phase !== "succeeded") throw new Error(end.message);
        expect(end.resumedFromStep).toBe(20);
        expect(await readFile(join(end.outputDir, "from"), "utf8")).toBe("20\n20\n");
      });

      test("starts afresh when it is told so, and when there is no checkpoint", async () => {
        const first = shellAttempt(`[ -z "$SLIPWAY_RESUME_DIR" ] && ${SUCCEED}; ${COMMIT(1)}; exit 1`);
        expect(await runToEnd(executor, first)).toMatchObject({ phase: "failed" });
        const told = await runToEnd(executor, { ...nextAttempt(first), resume: "none" });
        expect(told).not.toHaveProperty("resumedFromStep");
        const bare = shellAttempt(SUCCEED, { attempt: 2, resume: "newest" });
        expect(await runToEnd(executor, bare)).toMatchObject({ phase: "succeeded" });
      });
    });

    describe("the log", () => {
      test("holds both outputs in their order, and is complete after the end", async () => {
        const handle = await executor.ensure(shellAttempt("echo one; echo two >&2; echo three; exit 1"));
        await untilEnd(executor, handle);
        expect(await wholeLog(executor, handle)).toContain("one\ntwo\nthree\n");
      });

      test("is read on from where the last reading ended, never with half a character", async () => {
        const handle = await executor.ensure(shellAttempt('yes "äöü€𝄞" | head -c 1000000; exit 1'));
        await untilEnd(executor, handle);
        const log = await wholeLog(executor, handle);
        expect(log.match(/äöü€𝄞\n/gu)?.length).toBeGreaterThan(60_000);
        // The script's own cut at the end of its million bytes is the only one.
        expect(log.match(/\u{FFFD}/gu)?.length ?? 0).toBeLessThanOrEqual(1);
      });
    });

    test("a deleted attempt is gone with its processes", async () => {
      const handle = await executor.ensure(shellAttempt("sleep 600 & sleep 600"));
      await untilPhase(executor, handle, "running");
      await executor.delete(handle);
      expect(await executor.observe(handle)).toMatchObject({ phase: "failed", failureClass: "deletedExternally" });
      await expect(executor.logs(handle, 0)).rejects.toMatchObject({ code: "job.not-found" });
    });
  });
}

const REPORT = `
{
  echo "run $SLIPWAY_RUN_ID"
  echo "job $SLIPWAY_JOB attempt $SLIPWAY_ATTEMPT execution $SLIPWAY_EXECUTION seed $SLIPWAY_SEED flavour $FLAVOUR grace $SLIPWAY_GRACE_SECONDS"
  cat "$SLIPWAY_PARAMS_FILE"; echo
  cat "$SLIPWAY_INPUTS_FILE"; echo
  cat "$(sed 's/.*"path":"\\([^"]*\\)".*/\\1/' "$SLIPWAY_INPUTS_FILE")/rows.csv"
  [ -z "\${SLIPWAY_RESUME_DIR+set}" ] && echo "no resume"
  left=$((SLIPWAY_DEADLINE_UNIX - $(date +%s))); [ $left -ge 55 ] && [ $left -le 60 ] && echo "deadline in 60 s"
  cat > /dev/null && echo "no input"
} > "$SLIPWAY_OUTPUT_DIR/report"
`;

/** Waits until the script itself has spoken: its traps are set then. */
async function untilLogOrRunning(executor: Executor, handle: Parameters<Executor["observe"]>[0]): Promise<void> {
  await untilPhase(executor, handle, "running");
  for (;;) {
    const { text } = await executor.logs(handle, 0);
    if (text.includes("ready")) return;
    const seen = await executor.observe(handle);
    if (seen.phase !== "running") throw new Error(`ended before it was ready: ${JSON.stringify(seen)}`);
  }
}
