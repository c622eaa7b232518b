import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import type { WorkflowHandle } from "@temporalio/client";
import { Client, Connection } from "@temporalio/client";
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { sql } from "drizzle-orm";
import { approve, startRelease, status } from "../src/client.ts";
import { rolloutWorkflowId } from "../src/domain/messages.ts";
import type { Database } from "../src/registry/database.ts";
import { openDatabase } from "../src/registry/database.ts";
import { registerPipeline } from "../src/registry/pipelines.ts";
import { digestOf } from "../src/digest.ts";
import type { Json } from "../src/domain/json.ts";
import { pino } from "pino";
import { takeCare } from "../src/workers/caretaker.ts";
import { createWorker } from "../src/workers/create-worker.ts";
import { noOpDependencies, noOpSpec } from "./orchestration/no-op-adapters.ts";
import { startServers } from "./orchestration/server.ts";

const STAGES = 5;
const LANES = 16;
const ROUNDS = 3;
const RUNS_PER_LANE = 2;
const MOST_EVENTS = 150;
const MOST_BYTES = 256 * 1_024;
const LEAST_RATIO = 0.8;

/** Complete releases with no-op jobs against a minimal hand-written workflow, in turns, on the same server. */
export async function run(log: (line: string) => void): Promise<Record<string, unknown>> {
  Runtime.install({
    logger: new DefaultLogger("ERROR"),
    telemetryOptions: { logging: { filter: "ERROR", forward: {} } },
  });
  const servers = await startServers(log);
  const { db, close } = await openDatabase(servers.databaseUrl, { maxConnections: 20 });
  const native = await NativeConnection.connect({ address: servers.address });
  const connection = await Connection.connect({ address: servers.address });
  const client = new Client({ connection });
  const dependencies = noOpDependencies(db, client, servers.home);
  const workers = [
    await createWorker(
      { connection: native, namespace: "default", profile: "embedded", build: new URL("../dist/", import.meta.url) },
      dependencies,
    ),
    await floorWorker(native, client, db),
  ];
  const running = workers.map((worker) => worker.run());
  const stopping = new AbortController();
  const caring = takeCare(dependencies, 1_000, pino({ level: "error" }, process.stderr), stopping.signal);
  try {
    return await measure(log, client, db);
  } finally {
    stopping.abort();
    await caring;
    for (const worker of workers) if (worker.getState() === "RUNNING") worker.shutdown();
    await Promise.all(running);
    await connection.close();
    await native.close();
    await close();
    await servers.stop();
  }
}

async function measure(log: (line: string) => void, client: Client, db: Database): Promise<Record<string, unknown>> {
  for (let lane = 0; lane < LANES; lane += 1) {
    const spec = noOpSpec(modelOf(lane), STAGES);
    await registerPipeline(db, {
      name: modelOf(lane),
      spec: spec as Json,
      specDigest: digestOf(spec),
      registeredBy: "bench",
    });
  }
  log(`first versions of ${LANES} models, not counted`);
  await inLanes((lane) => ourRelease(client, lane, "first"));
  await inLanes((lane) => floorRelease(client, `warm-${lane}`));
  const spent = { ours: 0, floor: 0 };
  for (let round = 1; round <= ROUNDS; round += 1) {
    spent.ours += await timed(() =>
      inLanes((lane) => repeat((again) => ourRelease(client, lane, `${round}-${again}`))),
    );
    spent.floor += await timed(() =>
      inLanes((lane) => repeat((again) => floorRelease(client, `${lane}-${round}-${again}`))),
    );
    log(`round ${round} of ${ROUNDS}: ours ${spent.ours.toFixed(1)} s, floor ${spent.floor.toFixed(1)} s so far`);
  }
  const runs = LANES * RUNS_PER_LANE * ROUNDS;
  const size = await sizeOf(client, releaseId(0, "1-0"));
  const ratio = spent.floor / spent.ours;
  const broken = [
    ...(ratio < LEAST_RATIO ? [`ratio ${ratio.toFixed(3)} is below ${LEAST_RATIO}`] : []),
    ...(size.events > MOST_EVENTS ? [`${size.events} events a release are more than ${MOST_EVENTS}`] : []),
    ...(size.bytes > MOST_BYTES ? [`${size.bytes} bytes a release are more than ${MOST_BYTES}`] : []),
  ];
  return {
    ratio: rounded(ratio),
    runsPerSecond: rounded(runs / spent.ours),
    floorRunsPerSecond: rounded(runs / spent.floor),
    eventsPerRelease: size.events,
    bytesPerRelease: size.bytes,
    runs,
    lanes: LANES,
    stages: STAGES,
    broken,
  };
}

const modelOf = (lane: number) => `model-${lane}`;
const releaseId = (lane: number, name: string) => `${modelOf(lane)}-${name}`;
const rounded = (value: number) => Math.round(value * 1_000) / 1_000;

/** Waits for all lanes, failed ones too, so that nothing still runs when the servers are stopped. */
async function inLanes(act: (lane: number) => Promise<void>): Promise<void> {
  const ended = await Promise.allSettled(Array.from({ length: LANES }, (_, lane) => act(lane)));
  for (const lane of ended) if (lane.status === "rejected") throw lane.reason;
}

async function repeat(act: (again: number) => Promise<void>): Promise<void> {
  for (let again = 0; again < RUNS_PER_LANE; again += 1) await act(again);
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const begunAtMs = performance.now();
  await act();
  return (performance.now() - begunAtMs) / 1_000;
}

/** A whole release; its approval is sent as soon as it is open, as the floor's is. */
async function ourRelease(client: Client, lane: number, name: string): Promise<void> {
  const handle = await startRelease(
    client,
    { pipeline: modelOf(lane), requestedBy: "bench" },
    { releaseId: releaseId(lane, name) },
  );
  await untilOpen(handle, async () => (await handle.query(status)).approval !== undefined);
  await handle.signal(approve, { by: "bench" });
  const { outcome, message } = await handle.result();
  if (outcome !== "Promoted") throw new Error(`${handle.workflowId} ended ${outcome}: ${message}`);
}

async function floorRelease(client: Client, name: string): Promise<void> {
  const workflowId = `floor-${name}`;
  const handle = await client.workflow.start("floorRelease", { workflowId, taskQueue: "floor", args: [STAGES] });
  await untilOpen(handle, () => handle.query<boolean>("waiting"));
  await handle.signal("approve");
  await handle.result();
}

/** Both sides are asked whether they wait, equally often; one that ended instead says how. */
async function untilOpen(handle: WorkflowHandle, isOpen: () => Promise<boolean>): Promise<void> {
  while (!(await isOpen())) {
    const { status: now } = await handle.describe();
    if (now.name !== "RUNNING")
      throw new Error(`${handle.workflowId} ended early: ${JSON.stringify(await handle.result())}`);
    await sleep(100);
  }
}

async function floorWorker(connection: NativeConnection, client: Client, db: Database): Promise<Worker> {
  await db.execute(sql`create table floor_notes (id bigserial primary key, note text not null)`);
  const workflowsPath = fileURLToPath(new URL("./orchestration/floor-workflows.ts", import.meta.url));
  return Worker.create({
    connection,
    taskQueue: "floor",
    workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger("ERROR") }),
    activities: {
      transact: (note: string) =>
        db.transaction((tx) => tx.execute(sql`insert into floor_notes (note) values (${note})`)),
      grant: (workflowId: string) => client.workflow.getHandle(workflowId).signal("granted"),
    },
    maxConcurrentActivityTaskExecutions: 500,
    maxCachedWorkflows: 500,
    workflowTaskPollerBehavior: { type: "autoscaling", minimum: 2, maximum: 20 },
    activityTaskPollerBehavior: { type: "autoscaling", minimum: 2, maximum: 20 },
  });
}

async function sizeOf(client: Client, release: string): Promise<{ readonly events: number; readonly bytes: number }> {
  let events = 0;
  let bytes = 0;
  for (const id of [release, rolloutWorkflowId(release, "production", 1)]) {
    const { raw, historyLength } = await client.workflow.getHandle(id).describe();
    events += historyLength;
    bytes += Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0);
  }
  return { events, bytes };
}
