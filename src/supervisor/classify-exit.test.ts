import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { classifyExit, type ExitEvidence } from "./classify-exit.ts";

/** A script that ended by itself, without a result and without anything to say. */
const evidence = (more: Partial<ExitEvidence> = {}): ExitEvidence => ({
  wasOutOfMemory: false,
  hasOutput: false,
  hasNewCheckpoint: false,
  ...more,
});

const SUCCEEDED = { status: "succeeded" };

describe("the end of an attempt", () => {
  test.each<[string, Partial<ExitEvidence>, object]>([
    ["exit 0 with a result", { exitCode: 0, hasOutput: true }, SUCCEEDED],
    ["exit 0 without a result", { exitCode: 0 }, { failureClass: "userError" }],
    [
      "exit 0 with a result that cannot be used",
      { exitCode: 0, hasOutput: true, outputProblem: "a link" },
      { failureClass: "userError" },
    ],
    [
      "exit 0 with a result, and an error.json of before",
      { exitCode: 0, hasOutput: true, error: { message: "old" } },
      SUCCEEDED,
    ],
    ["exit 76 after a checkpoint", { exitCode: 76, hasNewCheckpoint: true }, { failureClass: "yielded" }],
    ["exit 76 without a checkpoint", { exitCode: 76 }, { failureClass: "userError" }],
    ["exit 75", { exitCode: 75 }, { failureClass: "userError", retryable: true }],
    ["exit 64", { exitCode: 64 }, { failureClass: "userError", retryable: false }],
    ["exit 65", { exitCode: 65 }, { failureClass: "userError", retryable: false }],
    ["exit 78", { exitCode: 78 }, { failureClass: "userError", retryable: false }],
    ["exit 1", { exitCode: 1 }, { failureClass: "userError" }],
    ["exit 1 with a result", { exitCode: 1, hasOutput: true }, { failureClass: "userError" }],
    [
      "exit 1, which the script calls retryable",
      { exitCode: 1, error: { retryable: true } },
      { failureClass: "userError", retryable: true },
    ],
    [
      "exit 1, which the script calls final",
      { exitCode: 1, error: { retryable: false } },
      { failureClass: "userError", retryable: false },
    ],
    ["SIGKILL by somebody", { signal: "SIGKILL" }, { failureClass: "preempted" }],
    ["SIGTERM by somebody", { signal: "SIGTERM" }, { failureClass: "preempted" }],
    ["SIGKILL of what a shell ran", { exitCode: 137 }, { failureClass: "preempted" }],
    ["SIGTERM of what a shell ran", { exitCode: 143 }, { failureClass: "preempted" }],
    [
      "SIGKILL while the kernel ran out of memory",
      { signal: "SIGKILL", wasOutOfMemory: true },
      { failureClass: "outOfMemory" },
    ],
    [
      "exit 137 while the kernel ran out of memory",
      { exitCode: 137, wasOutOfMemory: true },
      { failureClass: "outOfMemory" },
    ],
    [
      "exit 1 while another process was killed for memory",
      { exitCode: 1, wasOutOfMemory: true },
      { failureClass: "userError" },
    ],
    [
      "success although a helper was killed for memory",
      { exitCode: 0, hasOutput: true, wasOutOfMemory: true },
      SUCCEEDED,
    ],
    ["a crash by SIGSEGV", { signal: "SIGSEGV" }, { failureClass: "userError" }],
    ["an abort", { signal: "SIGABRT" }, { failureClass: "userError" }],
    ["our deadline", { signal: "SIGTERM", stopReason: "deadline" }, { failureClass: "deadline" }],
    [
      "our deadline, with exit 76 after a checkpoint",
      { exitCode: 76, hasNewCheckpoint: true, stopReason: "deadline" },
      { failureClass: "deadline" },
    ],
    ["our stall timeout", { signal: "SIGKILL", stopReason: "stalled" }, { failureClass: "stalled" }],
    ["our stop on request", { signal: "SIGTERM", stopReason: "request" }, { failureClass: "cancelled" }],
    [
      "our stop on request, answered with exit 76 after a checkpoint",
      { exitCode: 76, hasNewCheckpoint: true, stopReason: "request" },
      { failureClass: "yielded" },
    ],
    [
      "our stop on request, answered with exit 76 without one",
      { exitCode: 76, stopReason: "request" },
      { failureClass: "cancelled" },
    ],
    [
      "our stop on request, answered with exit 0 and half a result",
      { exitCode: 0, hasOutput: true, stopReason: "request" },
      { failureClass: "cancelled" },
    ],
    ["the machine's shutdown", { signal: "SIGTERM", stopReason: "shutdown" }, { failureClass: "preempted" }],
    [
      "the machine's shutdown, answered with exit 0 and half a result",
      { exitCode: 0, hasOutput: true, stopReason: "shutdown" },
      { failureClass: "preempted" },
    ],
    [
      "the machine's shutdown, answered with exit 76 after a checkpoint",
      { exitCode: 76, hasNewCheckpoint: true, stopReason: "shutdown" },
      { failureClass: "yielded" },
    ],
  ])("%s", (_, found, expected) => {
    expect(classifyExit(evidence(found))).toMatchObject(expected);
  });

  test("is told in the script's own words when it left some", () => {
    const error = { type: "DataError", message: "no rows" };
    expect(classifyExit(evidence({ exitCode: 1, error }))).toMatchObject({
      message: "DataError: no rows (exit code 1)",
    });
  });

  const anyEvidence = fc.record(
    {
      exitCode: fc.integer({ min: 0, max: 255 }),
      signal: fc.constantFrom("SIGKILL", "SIGTERM", "SIGSEGV", "SIGINT"),
      stopReason: fc.constantFrom("request" as const, "shutdown" as const, "deadline" as const, "stalled" as const),
      wasOutOfMemory: fc.boolean(),
      hasOutput: fc.boolean(),
      hasNewCheckpoint: fc.boolean(),
      error: fc.record({ retryable: fc.boolean() }),
    },
    { requiredKeys: ["wasOutOfMemory", "hasOutput", "hasNewCheckpoint"] },
  );

  test.prop([anyEvidence])("is success only with exit 0, a result, and nobody who stopped it", (found) => {
    const isProven = (found.exitCode ?? 0) === 0 && !found.signal && !found.stopReason && found.hasOutput;
    expect(classifyExit(found).status === "succeeded").toBe(isProven);
  });

  test.prop([anyEvidence])("with exit 1 that nobody caused is the script's own fault", (found) => {
    const { signal: _signal, stopReason: _stopReason, ...own } = found;
    expect(classifyExit({ ...own, exitCode: 1 })).toMatchObject({ failureClass: "userError" });
  });
});
