import type { Server } from "node:net";
import { createServer } from "node:net";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import postgres from "postgres";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PartName } from "../../src/workers/embedded/part.ts";
import { PART_NAMES } from "../../src/workers/embedded/part.ts";
import { untilEnded } from "../../src/workers/embedded/process-stop.ts";
import { readPartRecord } from "../../src/workers/embedded/run-files.ts";
import type { FreshHome, UpProcess } from "../support/stack.ts";
import { freshHome, livingParts, readEnvironment, startUp } from "../support/stack.ts";

describe("a stack survives", () => {
  let fresh: FreshHome;
  let up: UpProcess;
  const occupiers: Server[] = [];
  beforeEach(async () => {
    fresh = await freshHome();
    up = startUp(fresh);
    await up.event("stack.ready");
  });
  afterEach(async () => {
    for (const server of occupiers.splice(0)) server.close();
    await fresh.dispose();
  });

  test("the SIGKILL of its watcher: the next one adopts the very same processes and watches them", async () => {
    const before = pids();
    expect(await up.end("SIGKILL")).toBe("SIGKILL");
    const next = startUp(fresh);
    await next.event("stack.ready");
    expect(next.events.filter(({ event }) => event === "part.adopted")).toHaveLength(PART_NAMES.length);
    expect(pids()).toEqual(before);
    process.kill(pidOf("gateway"), "SIGKILL");
    await next.event("part.restarted", ({ part }) => part === "gateway");
    expect(pids()).toEqual({ ...before, gateway: pidOf("gateway") });
  });

  test("the SIGKILL of its worker: another one is there within a second, and nothing else moved", async () => {
    const before = pids();
    const killedAtMs = performance.now();
    process.kill(before.worker, "SIGKILL");
    await expect.poll(() => pidOf("worker"), { interval: 10, timeout: 5_000 }).not.toBe(before.worker);
    expect(performance.now() - killedAtMs).toBeLessThan(1_000);
    await up.event("part.restarted", ({ part }) => part === "worker");
    expect(pids()).toEqual({ ...before, worker: pidOf("worker") });
  });

  test("the SIGKILL of Temporal and of PostgreSQL: both come back where they were, with their state", async () => {
    const environment = readEnvironment(fresh.home);
    const before = pids();
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
    const before = pids();
    const { port } = record("temporal");
    up.process.kill("SIGSTOP");
    process.kill(before.temporal, "SIGKILL");
    await untilEnded(record("temporal"));
    await expect.poll(() => occupy(port), { interval: 10 }).toBe(true);
    up.process.kill("SIGCONT");
    const moved = await up.event("port.moved");
    expect(moved).toMatchObject({ part: "temporal", wanted: port });
    await up.event("part.restarted", ({ part }) => part === "worker");
    expect(readEnvironment(fresh.home)["TEMPORAL_ADDRESS"]).toBe(`127.0.0.1:${moved.port}`);
    expect(pidOf("worker")).not.toBe(before.worker);
  });

  test("ports that are taken when it starts: it says so and takes others", async () => {
    expect(await up.end("SIGTERM")).toBe(0);
    const { port } = record("temporal");
    const { port: gatewayPort } = record("gateway");
    const { port: postgresPort } = record("postgres");
    for (const taken of [port, gatewayPort, postgresPort]) expect(await occupy(taken)).toBe(true);
    const next = startUp(fresh);
    const { addresses } = await next.event("stack.ready");
    const moved = next.events.flatMap((event) => (event.event === "port.moved" ? [event.wanted] : []));
    expect(new Set(moved)).toEqual(new Set([port, gatewayPort, postgresPort]));
    expect(addresses.temporalAddress).not.toBe(`127.0.0.1:${port}`);
  });

  test.each(["SIGTERM", "SIGINT"] as const)("nothing of it is left after a %s", async (signal) => {
    expect(await up.end(signal)).toBe(0);
    expect(livingParts(fresh.home)).toEqual([]);
    expect(existsSync(join(fresh.home, "env"))).toBe(false);
    expect(existsSync(join(fresh.home, "run", "up.json"))).toBe(false);
  });

  const record = (part: PartName) => {
    const found = readPartRecord(fresh.home, part);
    if (found === undefined) throw new Error(`no record of ${part}`);
    return found;
  };
  const pidOf = (part: PartName): number => record(part).pid;
  const pids = () => Object.fromEntries(PART_NAMES.map((part) => [part, pidOf(part)])) as Record<PartName, number>;

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
});

test("an attached stack ends with the process that started it", async () => {
  const fresh = await freshHome();
  try {
    const up = startUp(fresh, ["--attached"]);
    await up.event("stack.ready");
    up.process.stdin?.end();
    expect(await up.ended).toBe(0);
    expect(livingParts(fresh.home)).toEqual([]);
  } finally {
    await fresh.dispose();
  }
});

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
