import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Runtime } from "@temporalio/worker";
import { pino } from "pino";
import { endpointWorkflowId, TASK_QUEUE, WORKFLOWS } from "../domain/messages.ts";
import { readConfig } from "../config.ts";
import { openDatabase } from "../registry/database.ts";
import { listEndpoints } from "../registry/endpoints.ts";
import type { Dependencies } from "../activities/dependencies.ts";
import { SlipwayError } from "../domain/errors.ts";
import { takeCare } from "./caretaker.ts";
import { createWorker } from "./create-worker.ts";
import { connectTemporal } from "./temporal-connection.ts";
import { wire } from "./wiring.ts";

const config = readConfig(process.env, process.cwd());
const log = pino({ level: config.logLevel, base: { part: "worker" } });
await main().catch((error: unknown) => {
  log.fatal({ err: error }, "the worker cannot run");
  process.exitCode = 1;
});

async function main(): Promise<void> {
  if (config.databaseUrl === undefined)
    throw new SlipwayError("prerequisite.missing", "SLIPWAY_DATABASE_URL is not set");
  Runtime.install({ logger: runtimeLogger(), shutdownSignals: ["SIGINT", "SIGTERM"] });
  const { db, close } = await openDatabase(config.databaseUrl);
  const temporal = await connectTemporal();
  const dependencies = wire(config, db, temporal.client);
  const worker = await createWorker(
    { connection: temporal.native, namespace: temporal.namespace, profile: config.profile },
    dependencies,
  );
  const running = worker.run();
  await announce();
  await wakeEndpoints(dependencies);
  const stopping = new AbortController();
  const caring = takeCare(dependencies, config.profile === "embedded" ? 1_000 : 10_000, log, stopping.signal);
  await running;
  stopping.abort();
  await caring;
  await temporal.close();
  await close();
}

/** Servers and weights are looked after as soon as there is a worker again, not a minute later. */
async function wakeEndpoints({ db, temporal, settings }: Dependencies): Promise<void> {
  for (const { environment, endpoint } of await listEndpoints(db)) {
    await temporal.workflow.signalWithStart(WORKFLOWS.endpoint, {
      workflowId: endpointWorkflowId(environment, endpoint),
      taskQueue: TASK_QUEUE,
      args: [{ environment, endpoint, heartbeatTimeoutMs: settings.heartbeatTimeoutMs }],
      signal: "reconcile",
    });
  }
}

/** Says on standard output, and to whoever supervises us, that tasks are being polled. */
async function announce(): Promise<void> {
  const ready = { part: "worker", pid: process.pid, ready: true };
  const folder = join(config.home, "run");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "worker.ready.json"), JSON.stringify({ ...ready, atMs: Date.now() }));
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

/** pino writes an error out under `err` only. */
function withError(meta: object = {}): object {
  return "error" in meta ? { ...meta, error: undefined, err: meta.error } : meta;
}

function runtimeLogger() {
  return {
    log: (level: string, message: string, meta?: object) => log.info({ level, ...meta }, message),
    trace: written("trace"),
    debug: written("debug"),
    info: written("info"),
    warn: written("warn"),
    error: written("error"),
  };
}

function written(level: "trace" | "debug" | "info" | "warn" | "error") {
  return (message: string, meta?: object) => log[level](withError(meta), message);
}
