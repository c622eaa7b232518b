import { Context } from "@temporalio/activity";
import { DefaultLogger, Runtime, Worker } from "@temporalio/worker";
import { fileURLToPath } from "node:url";
import type { ReleaseBrief } from "../../src/domain/brief.ts";
import { DEFAULT_BUDGETS } from "../../src/domain/job.ts";
import type { Digest } from "../../src/domain/json.ts";
import { endpointWorkflowId, TASK_QUEUE } from "../../src/domain/messages.ts";
import { createReadSender } from "../../src/activities/read-sender.ts";
import type { Activities } from "../../src/activities/index.ts";
import { digestOf } from "../../src/digest.ts";
import type { FreshTemporal } from "./temporal.ts";

const digest = (seed: string): Digest => digestOf(seed);

export const brief: ReleaseBrief = {
  planDigest: digest("plan"),
  pipeline: "demo",
  model: "demo",
  team: "default",
  risk: "medium",
  trigger: "manual",
  requestedBy: "rita@example.org",
  prepare: [],
  train: { name: "train", budgets: DEFAULT_BUDGETS, inputs: ["train"] },
  evaluate: { name: "evaluate", budgets: DEFAULT_BUDGETS, inputs: ["model", "data"] },
  evaluationDataset: "holdout",
  approval: {
    requiredApprovals: 1,
    minAssurance: "signal",
    expiresAfterMs: 60_000,
    allowSelfApproval: false,
    requireReason: false,
  },
  rollouts: [{ environment: "production", endpoint: "demo", steps: 2, pauseTimeoutMs: 60_000 }],
  heartbeatTimeoutMs: 10_000,
};

/** What each activity was called with, in order, and who waits for a call. */
export interface Script {
  readonly calls: { readonly name: keyof Activities; readonly input: unknown }[];
  readonly activities: Activities;
}

/**
 * Activities that do nothing but remember: the workflows, their messages and the server are real. Any of them can be
 * replaced, which is how a test makes a gate fail or a stage end.
 */
export function scriptActivities(temporal: FreshTemporal, replace: Partial<Activities> = {}): Script {
  const calls: Script["calls"] = [];
  const { client } = temporal.environment;
  const endpointSignal = async (name: string, key: { environment: string; endpoint: string; rollout: string }) => {
    await client.workflow.signalWithStart("endpoint", {
      workflowId: endpointWorkflowId(key.environment, key.endpoint),
      taskQueue: TASK_QUEUE,
      args: [{ environment: key.environment, endpoint: key.endpoint, heartbeatTimeoutMs: 10_000 }],
      signal: name,
      signalArgs: [{ rollout: key.rollout }],
    });
  };
  const script: Activities = {
    planRelease: async () => brief,
    validateData: async () => ({
      passed: true,
      message: "",
      snapshots: { train: digest("train"), holdout: digest("holdout") },
    }),
    runAttempt: async ({ role }) =>
      role.kind === "evaluateChampion"
        ? {}
        : { outcome: { status: "succeeded", output: digest(role.kind), startedAtMs: 0, endedAtMs: 1 } },
    judgeEvaluation: async () => ({ conclusion: "pass", reportDigest: digest("report"), message: "all gates passed" }),
    packageModel: async () => ({ version: "1.0.0", digest: digest("model"), cardDigest: digest("card") }),
    openApproval: async (asked) => {
      const request = {
        release: Context.current().info.workflowExecution?.workflowId ?? "",
        round: asked.round,
        model: "demo",
        version: asked.version.version,
        versionDigest: asked.version.digest,
        reportDigest: asked.reportDigest,
        planDigest: asked.planDigest,
        datasetDigests: [],
        environment: "production",
        requestedBy: asked.requestedBy,
        expiresAtMs: Date.now() + brief.approval.expiresAfterMs,
        conclusion: asked.conclusion,
        policy: "standard" as const,
      };
      return { request, requestDigest: digestOf({ ...request, expiresAtMs: 0 }) };
    },
    readSender: createReadSender({ temporal: client }),
    recordDecisions: async ({ state, decisions }) => ({
      message: `${state} by ${decisions.map((one) => one.by).join(", ")}`,
    }),
    requestEndpoint: (key) => endpointSignal("requestEndpoint", key),
    deployCandidate: async () => ({ kind: "ready" }),
    watchStage: async () => ({ next: "advance", proven: true, reason: "safe", message: "safe" }),
    promoteCandidate: async (key) => {
      await endpointSignal("releaseEndpoint", key);
      return { kind: "promoted", message: "serves production" };
    },
    rollBack: (key) => endpointSignal("releaseEndpoint", key),
    reconcileEndpoint: async () => ({ holderGone: false }),
    serveVersion: async ({ to }) => ({ accepted: true, reason: `${to} serves again` }),
    closeRelease: async () => undefined,
    ...replace,
  };
  const remembered = Object.fromEntries(
    Object.entries(script).map(([name, run]) => [
      name,
      (input: unknown) => {
        calls.push({ name: name as keyof Activities, input });
        return (run as (given: unknown) => unknown)(input);
      },
    ]),
  );
  return { calls, activities: remembered as unknown as Activities };
}

// Failures that a test causes on purpose would drown its report.
Runtime.install({
  logger: new DefaultLogger("ERROR"),
  telemetryOptions: { logging: { filter: "ERROR", forward: {} } },
});

/** A real worker with the built bundle and scripted activities. */
export function scriptedWorker(temporal: FreshTemporal, activities: Activities): Promise<Worker> {
  return Worker.create({
    connection: temporal.environment.nativeConnection,
    namespace: temporal.namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: { codePath: fileURLToPath(new URL("../../dist/workflow-bundle.js", import.meta.url)) },
    dataConverter: {
      payloadConverterPath: fileURLToPath(new URL("../../dist/workflows/payload-converter.js", import.meta.url)),
    },
    activities,
    shutdownGraceTime: "100ms",
    maxHeartbeatThrottleInterval: "200ms",
  });
}

/** An activity that stays until the workflow cancels it, as a stage's watch does. */
export async function untilCancelled(): Promise<never> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), 200);
  try {
    return await context.cancelled;
  } finally {
    clearInterval(timer);
  }
}
