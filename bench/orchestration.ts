import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, Connection, WorkflowNotFoundError } from "@temporalio/client";
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { sql } from "drizzle-orm";
import { approve, startRelease } from "../src/client.ts";
import { rolloutWorkflowId } from "../src/domain/messages.ts";
import type { Database } from "../src/registry/database.ts";
import { openDatabase } from "../src/registry/database.ts";
import { findApproval } from "../src/registry/decisions.ts";
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
  await inLanes((lane) => ourRelease({ client, db }, lane, "first"));
  await inLanes((lane) => floorRelease({ client, db }, `warm-${lane}`));
  const spent = { ours: 0, floor: 0 };
  for (let round = 1; round <= ROUNDS; round += 1) {
    spent.ours += await timed(() =>
      inLanes((lane) => repeat((again) => ourRelease({ client, db }, lane, `${round}-${again}`))),
    );
    spent.floor += await timed(() =>
      inLanes((lane) => repeat((again) => floorRelease({ client, db }, `${lane}-${round}-${again}`))),
    );
    log(`round ${round} of ${ROUNDS}: ours ${spent.ours.toFixed(1)} s, floor ${spent.floor.toFixed(1)} s so far`);
  }
  const runs = LANES * RUNS_PER_LANE * ROUNDS;
  const size = await medianSize(client);
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

interface Approval {
  isOpen(): Promise<boolean>;
  isDecided(): Promise<boolean>;
  signal(): Promise<void>;
}

interface Bench {
  readonly client: Client;
  readonly db: Database;
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

/** A whole release; its approval is sent as soon as the registry shows it open, as the floor's is. */
async function ourRelease({ client, db }: Bench, lane: number, name: string): Promise<void> {
  const input = { pipeline: modelOf(lane), requestedBy: "bench" };
  const handle = await startRelease(client, input, { releaseId: releaseId(lane, name) });
  const look = () => findApproval(db, { release: handle.workflowId, round: 1 });
  const { outcome, message } = await approved(handle, {
    isOpen: async () => (await look()) !== undefined,
    isDecided: async () => ((await look())?.decisions.length ?? 0) > 0,
    signal: () => handle.signal(approve, { by: "bench" }),
  });
  if (outcome !== "Promoted") throw new Error(`${handle.workflowId} ended ${outcome}: ${message}`);
}

async function floorRelease({ client, db }: Bench, name: string): Promise<void> {
  const workflowId = `floor-${name}`;
  const handle = await client.workflow.start("floorRelease", { workflowId, taskQueue: "floor", args: [STAGES] });
  const has = async (step: string) =>
    (await db.execute(sql`select 1 from floor_notes where note = ${`${workflowId} ${step}`}`)).rowCount === 1;
  await approved(handle, {
    isOpen: () => has("request"),
    isDecided: () => has("decisions"),
    signal: () => handle.signal("approve"),
  });
}

/**
 * Waits for the row that opens the approval, then signals; again when that has decided nothing, since a signal may
 * overtake the activity that wrote the row. No query of the workflow: both sides would pay for being watched.
 */
async function approved<Result>(handle: { result(): Promise<Result> }, approval: Approval): Promise<Result> {
  const ended = new AbortController();
  const result = handle.result().finally(() => ended.abort());
  const isRunning = () => !ended.signal.aborted;
  while (isRunning() && !(await approval.isOpen())) await sleep(50);
  for (await sleep(150); isRunning() && !(await approval.isDecided()); await Promise.race([sleep(1_000), result])) {
    await approval.signal().catch((error: unknown) => {
      // It has ended since, and the answer is on its way.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
  }
  return result;
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

/** Half of the releases are not larger. Signals that overtook the open request make a few of them so. */
async function medianSize(client: Client): Promise<{ readonly events: number; readonly bytes: number }> {
  const sizes = await Promise.all(Array.from({ length: LANES }, (_, lane) => sizeOf(client, releaseId(lane, "1-0"))));
  const middle = (values: readonly number[]) => values.toSorted((one, other) => one - other)[LANES / 2] ?? 0;
  return { events: middle(sizes.map((size) => size.events)), bytes: middle(sizes.map((size) => size.bytes)) };
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
