import { ApplicationFailure } from "@temporalio/activity";
import type { WorkflowHandle } from "@temporalio/client";
import { WorkflowFailedError } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { ReleaseWorkflow } from "../../src/client.ts";
import { abort, approve, pause, promote, reject, resume, startRelease, status } from "../../src/client.ts";
import type { Activities } from "../../src/activities/index.ts";
import type { ReleaseStatus } from "../../src/domain/release.ts";
import type { Script } from "../support/scripted-activities.ts";
import { scriptActivities, scriptedWorker, untilCancelled } from "../support/scripted-activities.ts";
import { brief } from "../support/scripted-activities.ts";
import type { FreshTemporal } from "../support/temporal.ts";
import { freshTemporal } from "../support/temporal.ts";

let temporal: FreshTemporal;
let count = 0;

beforeAll(async () => {
  temporal = await freshTemporal();
});
afterAll(() => temporal.close());

type Handle = WorkflowHandle<ReleaseWorkflow>;

/** Runs one release against scripted activities while `act` sends what people send. */
async function release(replace: Partial<Activities>, act: (handle: Handle, script: Script) => Promise<void>) {
  const script = scriptActivities(temporal, replace);
  const worker = await scriptedWorker(temporal, script.activities);
  count += 1;
  return worker.runUntil(async () => {
    const handle = await startRelease(temporal.environment.client, { pipeline: "demo" }, { releaseId: `rel-${count}` });
    await act(handle, script);
    return { result: await handle.result(), calls: script.calls.map((call) => call.name), script };
  });
}

async function until(handle: Handle, holds: (now: ReleaseStatus) => boolean): Promise<ReleaseStatus> {
  return vi.waitFor(
    async () => {
      const now = await handle.query(status);
      if (!holds(now)) throw new Error(`still ${JSON.stringify(now)}`);
      return now;
    },
    { timeout: 20_000, interval: 50 },
  );
}

const approved = async (handle: Handle) => {
  await until(handle, (now) => now.approval !== undefined);
  await handle.signal(approve, { by: "ana@example.org" });
};

describe("a release", () => {
  test("goes through its stages in order and is promoted", async () => {
    const { result, calls } = await release({}, approved);
    expect(result).toMatchObject({ outcome: "Promoted", version: "1.0.0", model: "demo" });
    expect(calls.filter((name) => name !== "reconcileEndpoint" && name !== "readSender")).toEqual([
      "planRelease",
      "validateData",
      "runAttempt",
      "runAttempt",
      "runAttempt",
      "judgeEvaluation",
      "packageModel",
      "openApproval",
      "recordDecisions",
      "requestEndpoint",
      "deployCandidate",
      "watchStage",
      "watchStage",
      "promoteCandidate",
      "closeRelease",
    ]);
  });

  test("ends before any training when a contract does not hold", async () => {
    const validateData: Activities["validateData"] = async () => ({ passed: false, message: "rows: 0", snapshots: {} });
    const { result, calls } = await release({ validateData }, async () => undefined);
    expect(result).toMatchObject({ outcome: "GateFailed", message: "rows: 0" });
    expect(calls).not.toContain("runAttempt");
  });

  test("ends at a gate that blocks, before anything is packaged", async () => {
    const judgeEvaluation: Activities["judgeEvaluation"] = async () => ({
      conclusion: "block",
      reportDigest: "sha256:1",
      message: "worse",
    });
    const { result, calls } = await release({ judgeEvaluation }, async () => undefined);
    expect(result).toMatchObject({ outcome: "GateFailed", message: "worse" });
    expect(calls).not.toContain("packageModel");
  });

  test("starts another attempt only when the budget of the failure's class pays for it", async () => {
    const classes = ["preempted", "nodeLost", "userError"] as const;
    const seen: { attempt: number; resume: string }[] = [];
    const runAttempt: Activities["runAttempt"] = async ({ attempt, resume: from }) => {
      seen.push({ attempt, resume: from });
      const failureClass = classes[attempt - 1] ?? "userError";
      return { outcome: { status: "failed", failureClass, message: "x", endedAtMs: 1 } };
    };
    const { result } = await release({ runAttempt }, async () => undefined);
    expect(result).toMatchObject({
      outcome: "JobFailed",
      message: expect.stringContaining("after 3 attempts (userError)"),
    });
    expect(seen).toEqual([
      { attempt: 1, resume: "none" },
      { attempt: 2, resume: "newest" },
      { attempt: 3, resume: "newest" },
    ]);
  });

  test("ends rejected, and says by whom", async () => {
    const { result } = await release({}, async (handle) => {
      await until(handle, (now) => now.approval !== undefined);
      await handle.signal(reject, { by: "bo@example.org", reason: "not now" });
    });
    expect(result).toMatchObject({ outcome: "Rejected", message: expect.stringContaining("bo@example.org") });
  });

  test("expires when nobody decides in time", async () => {
    const planRelease: Activities["planRelease"] = async () => brief;
    const openApproval: Activities["openApproval"] = async (asked) => {
      const opened = await scriptActivities(temporal).activities.openApproval(asked);
      return { ...opened, request: { ...opened.request, expiresAtMs: Date.now() + 500 } };
    };
    const { result } = await release({ planRelease, openApproval }, async () => undefined);
    expect(result.outcome).toBe("Expired");
  });

  test("fails at once, with the list of problems, when its input is invalid", async () => {
    const planRelease: Activities["planRelease"] = async () => {
      throw ApplicationFailure.nonRetryable("train.command: is missing", "spec.invalid", [{ problems: 1 }]);
    };
    const error = await release({ planRelease }, async () => undefined).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect((error as WorkflowFailedError).cause).toMatchObject({
      type: "spec.invalid",
      message: "train.command: is missing",
    });
  });

  test("rolls back on harm and says what the analysis said", async () => {
    const watchStage: Activities["watchStage"] = async () => ({
      next: "rollback",
      proven: false,
      reason: "harm",
      message: "E 120",
    });
    const { result, calls } = await release({ watchStage }, approved);
    expect(result).toMatchObject({ outcome: "RolledBack", message: "E 120" });
    expect(calls).toContain("rollBack");
    expect(calls).not.toContain("promoteCandidate");
  });

  test("evaluates and asks again when the champion has changed meanwhile", async () => {
    let deployed = 0;
    const deployCandidate: Activities["deployCandidate"] = async () => {
      deployed += 1;
      return deployed === 1 ? { kind: "baselineChanged", message: "1.1.0 is champion now" } : { kind: "ready" };
    };
    const { result, calls } = await release({ deployCandidate }, async (handle) => {
      await approved(handle);
      await until(handle, (now) => now.approval?.request.round === 2);
      await handle.signal(approve, { by: "ana@example.org" });
    });
    expect(result.outcome).toBe("Promoted");
    expect(calls.filter((name) => name === "judgeEvaluation")).toHaveLength(2);
    expect(calls.filter((name) => name === "packageModel")).toHaveLength(1);
  });

  test("is aborted while it trains, and the job is told to stop", async () => {
    const { result, calls } = await release({ runAttempt: untilCancelled }, async (handle, script) => {
      await vi.waitFor(() => expect(script.calls.map((call) => call.name)).toContain("runAttempt"), {
        timeout: 10_000,
      });
      await handle.signal(abort, { by: "ana", reason: "wrong data" });
    });
    expect(result).toMatchObject({ outcome: "Aborted", message: "aborted by ana: wrong data" });
    expect(calls).toContain("closeRelease");
  });

  test("is aborted in the middle of its roll-out, and traffic goes back", async () => {
    const { result, calls } = await release({ watchStage: untilCancelled }, async (handle, script) => {
      await approved(handle);
      await vi.waitFor(() => expect(script.calls.map((call) => call.name)).toContain("watchStage"), {
        timeout: 10_000,
      });
      await handle.cancel();
    });
    expect(result.outcome).toBe("Aborted");
    expect(calls.filter((name) => name === "rollBack")).toHaveLength(1);
  });

  test("can be paused, resumed and promoted step by step, and a click that comes too late is refused", async () => {
    const watchStage: Activities["watchStage"] = untilCancelled;
    const { result } = await release({ watchStage }, async (handle, script) => {
      await approved(handle);
      const watches = () => script.calls.filter((call) => call.name === "watchStage");
      const watching = (many: number) => vi.waitFor(() => expect(watches()).toHaveLength(many), { timeout: 10_000 });
      await watching(1);
      await handle.signal(pause, { by: "ana", expectedStep: 0 });
      await watching(2);
      expect(watches()[1]?.input).toMatchObject({ held: true, step: 0 });
      await until(handle, (now) => now.rollout?.phase === "Paused");
      await handle.signal(resume, {});
      await watching(3);
      await handle.signal(promote, { by: "ana", expectedStep: 0 });
      await watching(4);
      expect(watches()[3]?.input).toMatchObject({ held: false, step: 1 });
      await handle.signal(promote, { by: "bo", expectedStep: 0 });
      const refused = await until(handle, (now) => now.refusalCount === 1);
      expect(refused.refusals[0]).toMatchObject({ message: "promote", code: "unknown-step" });
      await handle.signal(promote, { by: "bo", expectedStep: 1 });
    });
    expect(result).toMatchObject({ outcome: "Promoted" });
  });
});
