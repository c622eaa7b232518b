import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { NativeConnection } from "@temporalio/worker";
import { Worker } from "@temporalio/worker";
import { createActivities } from "../activities/index.ts";
import type { Dependencies } from "../activities/dependencies.ts";
import { SlipwayError } from "../domain/errors.ts";
import { TASK_QUEUE } from "../domain/messages.ts";
import { failureInterceptor } from "./failure-interceptor.ts";

export interface WorkerSettings {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue?: string;
  readonly profile: "embedded" | "scale";
  /** The folder of the build; that of this file when absent. */
  readonly build?: URL;
}

/** Watching a job costs a slot for days, but hardly anything else. */
const ACTIVITY_SLOTS = 500;

/** A worker with the bundle that was made at build time; it never bundles at run time. */
export async function createWorker(settings: WorkerSettings, dependencies: Dependencies): Promise<Worker> {
  const build = settings.build ?? new URL("../", import.meta.url);
  const codePath = fileURLToPath(new URL("workflow-bundle.js", build));
  await readFile(codePath).catch((error: unknown) => {
    throw new SlipwayError("prerequisite.missing", `${codePath} is missing: run \`npm run build\``, {}, error);
  });
  return Worker.create({
    connection: settings.connection,
    namespace: settings.namespace,
    taskQueue: settings.taskQueue ?? TASK_QUEUE,
    workflowBundle: { codePath },
    activities: createActivities(dependencies),
    dataConverter: { payloadConverterPath: fileURLToPath(new URL("workflows/payload-converter.js", build)) },
    interceptors: { activity: [() => ({ inbound: failureInterceptor() })] },
    maxConcurrentActivityTaskExecutions: ACTIVITY_SLOTS,
    maxConcurrentWorkflowTaskExecutions: 40,
    workflowTaskPollerBehavior: { type: "autoscaling", minimum: 2, maximum: 20 },
    activityTaskPollerBehavior: { type: "autoscaling", minimum: 2, maximum: 20 },
    maxCachedWorkflows: 500,
    maxHeartbeatThrottleInterval: settings.profile === "embedded" ? "2s" : "10s",
    // Watchers of jobs have nothing to finish: the job goes on, and the next worker reattaches.
    shutdownGraceTime: "1s",
    shutdownForceTime: "30s",
  });
}
