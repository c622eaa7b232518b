import type { WorkflowHandle } from "@temporalio/client";
import type { ReleaseWorkflow } from "../../src/client.ts";
import { abort, approve, pause, promote, reject, resume, status } from "../../src/client.ts";
import type { Activities } from "../../src/activities/index.ts";
import type { ReleaseStatus } from "../../src/domain/release.ts";
import type { Script } from "../support/scripted-activities.ts";
import { untilCancelled } from "../support/scripted-activities.ts";

type Handle = WorkflowHandle<ReleaseWorkflow>;

/** A way a release can go: what its activities answer, and what people send. */
export interface Scene {
  readonly replace: Partial<Activities>;
  readonly act: (handle: Handle, script: Script) => Promise<void>;
}

const approved = async (handle: Handle) => {
  await until(handle, (now) => now.approval !== undefined);
  await handle.signal(approve, { by: "ana@example.org", reason: "looks good" });
};
const nothing = async () => undefined;

/** One for each outcome of a release, and for what happens on the way. Every one has a frozen history. */
export const SCENES = {
  promoted: { replace: {}, act: approved },
  "promoted-as-first-version": { replace: { deployCandidate: async () => ({ kind: "noBaseline" }) }, act: approved },
  "rolled-back": {
    replace: { watchStage: async () => ({ next: "rollback", proven: false, reason: "harm", message: "harm" }) },
    act: approved,
  },
  "rolled-back-unhealthy": {
    replace: { deployCandidate: async () => ({ kind: "unhealthy", message: "does not start" }) },
    act: approved,
  },
  "gate-failed-by-data": {
    replace: { validateData: async () => ({ passed: false, message: "rows", snapshots: {} }) },
    act: nothing,
  },
  "gate-failed-by-evaluation": {
    replace: { judgeEvaluation: async () => ({ conclusion: "block", reportDigest: "sha256:1", message: "worse" }) },
    act: nothing,
  },
  "job-failed-after-preemptions": {
    replace: {
      runAttempt: async ({ attempt }) => ({
        outcome: {
          status: "failed",
          failureClass: attempt < 3 ? "preempted" : "userError",
          message: "x",
          endedAtMs: 1,
        },
      }),
    },
    act: nothing,
  },
  rejected: {
    replace: {},
    act: async (handle) => {
      await until(handle, (now) => now.approval !== undefined);
      await handle.signal(reject, { by: "bo@example.org" });
    },
  },
  "approved-without-payload": {
    replace: {},
    act: async (handle) => {
      await until(handle, (now) => now.approval !== undefined);
      await handle.signal(approve, { by: "x", requestDigest: "sha256:0" });
      await handle.signal(approve);
    },
  },
  "aborted-in-training": {
    replace: { runAttempt: untilCancelled },
    act: async (handle, script) => {
      await called(script, "runAttempt", 1);
      await handle.signal(abort, { by: "ana" });
    },
  },
  "aborted-in-roll-out": {
    replace: { watchStage: untilCancelled },
    act: async (handle, script) => {
      await approved(handle);
      await called(script, "watchStage", 1);
      await handle.cancel();
    },
  },
  "baseline-changed": {
    replace: { deployCandidate: firstThen({ kind: "baselineChanged", message: "changed" }, { kind: "ready" }) },
    act: async (handle) => {
      await approved(handle);
      await until(handle, (now) => now.approval?.request.round === 2);
      await handle.signal(approve, { by: "ana@example.org" });
    },
  },
  "paused-and-promoted-by-a-person": {
    replace: { watchStage: untilCancelled },
    act: async (handle, script) => {
      await approved(handle);
      await called(script, "watchStage", 1);
      await handle.signal(pause, { by: "ana" });
      await called(script, "watchStage", 2);
      await handle.signal(resume, { by: "ana" });
      await called(script, "watchStage", 3);
      await handle.signal(promote, { by: "ana", full: true });
    },
  },
} satisfies Record<string, Scene>;

function firstThen<Answer>(first: Answer, later: Answer): () => Promise<Answer> {
  let asked = 0;
  return async () => {
    asked += 1;
    return asked === 1 ? first : later;
  };
}

async function until(handle: Handle, holds: (now: ReleaseStatus) => boolean): Promise<void> {
  await poll(async () => holds(await handle.query(status)));
}

async function called(script: Script, name: keyof Activities, times: number): Promise<void> {
  await poll(async () => script.calls.filter((call) => call.name === name).length >= times);
}

async function poll(holds: () => Promise<boolean>): Promise<void> {
  const endMs = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error("the scene did not come to the expected point in 30 s");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
