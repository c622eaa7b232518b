import { statSync } from "node:fs";
import { join } from "node:path";
import { Connection } from "@temporalio/client";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SEARCH_ATTRIBUTES, TASK_QUEUE } from "../../src/domain/messages.ts";
import type { PartName } from "../../src/workers/embedded/part.ts";
import { PART_NAMES } from "../../src/workers/embedded/part.ts";
import { readPartRecord } from "../../src/workers/embedded/run-files.ts";
import { missingSearchAttributes, pollers } from "../../src/workers/embedded/temporal-namespace.ts";
import type { FreshHome, UpProcess } from "../support/stack.ts";
import { freshHome, livingParts, readEnvironment, startUp } from "../support/stack.ts";

describe("a stack that is up", () => {
  let fresh: FreshHome;
  let up: UpProcess;
  let connection: Connection;
  beforeAll(async () => {
    fresh = await freshHome();
    up = startUp(fresh);
    const { addresses } = await up.event("stack.ready");
    connection = await Connection.connect({ address: addresses.temporalAddress, tls: false });
  });
  afterAll(async () => {
    await connection?.close();
    await fresh.dispose();
  });

  test("tells for every part which process it is and where it listens", () => {
    expect(livingParts(fresh.home)).toEqual(PART_NAMES);
    const ports = [
      record("temporal").port,
      record("postgres").port,
      record("gateway").port,
      record("gateway").adminPort,
    ];
    expect(new Set(ports).size).toBe(4);
    expect(ports).not.toContain(undefined);
  });

  test("keeps history 90 days and knows our search attributes", async () => {
    const { config } = await connection.workflowService.describeNamespace({ namespace: "default" });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 86_400);
    expect(await missingSearchAttributes(connection, "default", SEARCH_ATTRIBUTES)).toEqual([]);
  });

  test("has a worker that polls our task queue", async () => {
    await expect.poll(() => pollers(connection, "default", TASK_QUEUE), { timeout: 10_000 }).not.toEqual([]);
  });

  test("writes the real addresses to a file that only its owner can read", async () => {
    expect(statSync(join(fresh.home, "env")).mode & 0o777).toBe(0o600);
    const environment = readEnvironment(fresh.home);
    expect(environment["TEMPORAL_ADDRESS"]).toBe(`127.0.0.1:${record("temporal").port}`);
    expect(environment).toMatchObject({ SLIPWAY_POLICY: "development", SLIPWAY_PROFILE: "embedded" });
    expect((await fetch(environment["SLIPWAY_UI_URL"] ?? "")).status).toBe(200);
    const sql = postgres(environment["SLIPWAY_DATABASE_URL"] ?? "", { max: 1 });
    const tables =
      await sql`select table_name from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema')`;
    await sql.end();
    expect(tables.length).toBeGreaterThan(5);
  });

  test("never shows the database's password in what it tells", () => {
    const password = new URL(readEnvironment(fresh.home)["SLIPWAY_DATABASE_URL"] ?? "").password;
    expect(password).not.toBe("");
    expect(JSON.stringify(up.events)).not.toContain(password);
  });

  test("answers a second up with where it runs, and that one ends well", async () => {
    const second = startUp(fresh);
    expect(await second.ended).toBe(0);
    expect(await second.event("stack.found")).toMatchObject({ pid: up.process.pid });
    expect(second.events).toHaveLength(1);
  });

  function record(part: PartName) {
    const found = readPartRecord(fresh.home, part);
    if (found === undefined) throw new Error(`no record of ${part}`);
    return found;
  }
});

test("two ups at once make one stack", async () => {
  const fresh = await freshHome();
  try {
    const both = [startUp(fresh), startUp(fresh)];
    const told = await Promise.all(
      both.map((up) => Promise.any([up.event("stack.ready"), up.event("stack.found")]).then(({ event }) => event)),
    );
    expect(told.toSorted()).toEqual(["stack.found", "stack.ready"]);
  } finally {
    await fresh.dispose();
  }
});
