import type { Server } from "node:net";
import { createServer } from "node:net";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import postgres from "postgres";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { PartName, PartRecord } from "../../src/workers/embedded/part.ts";
import { PART_NAMES } from "../../src/workers/embedded/part.ts";
import { untilEnded } from "../../src/workers/embedded/process-stop.ts";
import { readPartRecord } from "../../src/workers/embedded/run-files.ts";
import type { FreshHome, UpProcess } from "../support/stack.ts";
import { freshHome, livingParts, readEnvironment, startUp } from "../support/stack.ts";

const occupiers: Server[] = [];
afterEach(() => {
  for (const server of occupiers.splice(0)) server.close();
});

describe("a stack survives", () => {
  let fresh: FreshHome;
  let up: UpProcess;
  beforeAll(async () => {
    fresh = await freshHome();
    up = startUp(fresh);
    await up.event("stack.ready");
  });
  afterAll(() => fresh.dispose());

  test("the SIGKILL of its worker: another one is there within a second, and nothing else moved", async () => {
    const before = pids(fresh.home);
    const killedAtMs = performance.now();
    process.kill(before.worker, "SIGKILL");
    await expect.poll(() => pids(fresh.home).worker, { interval: 10, timeout: 5_000 }).not.toBe(before.worker);
    expect(performance.now() - killedAtMs).toBeLessThan(1_000);
    await up.event("part.restarted", ({ part }) => part === "worker");
    expect(pids(fresh.home)).toEqual({ ...before, worker: pids(fresh.home).worker });
  });

  test("the SIGKILL of Temporal and of PostgreSQL: both come back where they were, with their state", async () => {
    const environment = readEnvironment(fresh.home);
    const before = pids(fresh.home);
    const sql = postgres(environment["SLIPWAY_DATABASE_URL"] ?? "", { max: 1 });
    await sql`create table kept (value int)`;
    await sql`insert into kept values (42)`;
    await withTemporal(environment, (client) =>
      client.workflow.start("nobody", { workflowId: "kept", taskQueue: "q" }),
    );
    process.kill(before.temporal, "SIGKILL");
    process.kill(before.postgres, "SIGKILL");
    await up.event("part.restarted", ({ part }) => part === "temporal");
    await up.event("part.restarted", ({ part }) => part === "postgres");
    expect(readEnvironment(fresh.home)).toEqual(environment);
    expect(await sql`select value from kept`).toEqual([{ value: 42 }]);
    await sql.end();
    const described = await withTemporal(environment, (client) => client.workflow.getHandle("kept").describe());
    expect(described.status.name).toBe("RUNNING");
  });

  test("the loss of a port: Temporal moves, the new address is told, and the worker follows", async () => {
    const before = pids(fresh.home);
    const temporal = record(fresh.home, "temporal");
    up.process.kill("SIGSTOP");
    process.kill(temporal.pid, "SIGKILL");
    await untilEnded(temporal);
    await expect.poll(() => occupy(temporal.port), { interval: 10 }).toBe(true);
    up.process.kill("SIGCONT");
    const moved = await up.event("port.moved", ({ wanted }) => wanted === temporal.port);
    await up.event("part.restarted", ({ part, pid }) => part === "worker" && pid !== before.worker);
    expect(readEnvironment(fresh.home)["TEMPORAL_ADDRESS"]).toBe(`127.0.0.1:${moved.port}`);
    expect(pids(fresh.home).worker).not.toBe(before.worker);
  });

  test("the SIGKILL of its watcher: the next one adopts the very same processes and watches them", async () => {
    const before = pids(fresh.home);
    expect(await up.end("SIGKILL")).toBe("SIGKILL");
    const next = startUp(fresh);
    await next.event("stack.ready");
    expect(next.events.filter(({ event }) => event === "part.adopted")).toHaveLength(PART_NAMES.length);
    expect(pids(fresh.home)).toEqual(before);
    process.kill(before.gateway, "SIGKILL");
    await next.event("part.restarted", ({ part }) => part === "gateway");
    expect(pids(fresh.home)).toEqual({ ...before, gateway: pids(fresh.home).gateway });
  });
});

describe("a stack that is stopped", () => {
  let fresh: FreshHome;
  beforeAll(async () => {
    fresh = await freshHome();
  });
  afterAll(() => fresh.dispose());

  test("leaves nothing of itself, by SIGTERM or SIGINT, and finds other ports when its own are taken", async () => {
    const first = startUp(fresh);
    await first.event("stack.ready");
    expect(await first.end("SIGTERM")).toBe(0);
    expectNothingLeft(fresh.home);
    const ports = (["temporal", "gateway", "postgres"] as const).map((part) => record(fresh.home, part).port);
    for (const port of ports) expect(await occupy(port)).toBe(true);
    const next = startUp(fresh);
    await next.event("stack.ready");
    const moved = next.events.flatMap((event) => (event.event === "port.moved" ? [event.wanted] : []));
    expect(moved).toEqual(expect.arrayContaining(ports));
    expect(await next.end("SIGINT")).toBe(0);
    expectNothingLeft(fresh.home);
  });

  test("ends with the process that started it, when it is attached to that", async () => {
    const up = startUp(fresh, ["--attached"]);
    await up.event("part.started", ({ part }) => part === "gateway");
    up.process.stdin?.end();
    expect(await up.ended).toBe(0);
    expectNothingLeft(fresh.home);
  });
});

function expectNothingLeft(home: string): void {
  expect(livingParts(home)).toEqual([]);
  expect(existsSync(join(home, "env"))).toBe(false);
  expect(existsSync(join(home, "run", "up.json"))).toBe(false);
}

function record(home: string, part: PartName): PartRecord {
  const found = readPartRecord(home, part);
  if (found === undefined) throw new Error(`no record of ${part}`);
  return found;
}

function pids(home: string): Record<PartName, number> {
  return Object.fromEntries(PART_NAMES.map((part) => [part, record(home, part).pid])) as Record<PartName, number>;
}

/** Binds the port; false while another process still has it. */
async function occupy(port: number | undefined): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  const bound = await once(server, "listening").then(
    () => true,
    () => false,
  );
  if (bound) occupiers.push(server);
  return bound;
}

async function withTemporal<Answer>(
  environment: Readonly<Record<string, string>>,
  call: (client: Client) => Promise<Answer>,
): Promise<Answer> {
  const connection = await Connection.connect({ address: environment["TEMPORAL_ADDRESS"] ?? "", tls: false });
  try {
    return await call(new Client({ connection }));
  } finally {
    await connection.close();
  }
}
