import { randomBytes } from "node:crypto";
import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { messageOf } from "../../src/domain/errors.ts";
import { listAudit } from "../../src/registry/audit.ts";
import { migrate, openDatabase } from "../../src/registry/database.ts";
import { getRelease, listReleases, openRelease } from "../../src/registry/releases.ts";
import { startPostgres } from "../../src/workers/embedded/postgres.ts";
import { emptyDatabase, freshDatabase, sharedPostgres, withClient } from "../support/postgres.ts";
import { removeServer } from "../support/postgres-setup.ts";
import { anOpening } from "./registry-samples.ts";

describe("bringing the tables up to date", () => {
  test("by many processes at once is done once, and again is nothing", async () => {
    const database = await emptyDatabase();
    onTestFinished(database.drop);
    await Promise.all(Array.from({ length: 5 }, () => migrate(database.url)));
    await migrate(database.url);
    const { db, close } = await openDatabase(database.url);
    onTestFinished(close);
    await openRelease(db, anOpening("migrated"));
    const applied = await withClient(database.url, (client) =>
      client.query("select count(*)::int as n from drizzle.__drizzle_migrations"),
    );
    expect(applied.rows[0].n).toBeGreaterThanOrEqual(2);
  });

  test("that was cut off half-way leaves nothing half-done", async () => {
    const database = await emptyDatabase();
    onTestFinished(database.drop);
    const { superuserUrl } = await sharedPostgres();
    const name = new URL(database.url).pathname.slice(1);
    const cut = migrate(database.url).then(
      () => "finished",
      (error: unknown) => (error as { code?: string }).code,
    );
    // Ends the session as soon as it changes tables, wherever it is then.
    await withClient(superuserUrl, async (superuser) => {
      for (let killed: number | null = 0; killed === 0;) {
        ({ rowCount: killed } = await superuser.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = $1 and query ilike 'create table "%'`,
          [name],
        ));
        if (killed === 0 && (await Promise.race([cut, sleep(2, "running")])) !== "running") break;
      }
    });
    expect(["backend.unavailable", "finished"]).toContain(await cut);
    await migrate(database.url);
    const { db, close } = await openDatabase(database.url);
    onTestFinished(close);
    await openRelease(db, anOpening("after the cut"));
    expect((await getRelease(db, "after the cut")).stage).toBe("planning");
  });
});

describe("a login that is refused", () => {
  test("is told without the password", async () => {
    const { url } = await sharedPostgres();
    const secret = randomBytes(12).toString("hex");
    const wrong = Object.assign(new URL(url), { password: secret }).href;
    const refused = await openDatabase(wrong).then(
      () => undefined,
      (error: unknown) => error as Error & { code: string },
    );
    expect(refused?.code).toBe("environment.failed");
    expect(messageOf(refused)).toContain("SLIPWAY_DATABASE_URL");
    expect(JSON.stringify([messageOf(refused), refused])).not.toContain(secret);
  });

  test("and a server that is not there are told apart", async () => {
    const nowhere = openDatabase("postgres://slipway:x@127.0.0.1:1/slipway", { waitMs: 0 });
    await expect(nowhere).rejects.toMatchObject({ code: "backend.unavailable" });
  });
});

describe("a pool", () => {
  test("outlives more deaths of its sessions than it has connections", async () => {
    const registry = await freshDatabase();
    onTestFinished(registry.close);
    const { db, close } = await openDatabase(registry.url, { maxConnections: 2 });
    onTestFinished(close);
    const { superuserUrl } = await sharedPostgres();
    const name = new URL(registry.url).pathname.slice(1);
    const codes = new Set<string | undefined>();
    let deaths = 0;
    await withClient(superuserUrl, async (superuser) => {
      for (let round = 0; deaths < 12; round++) {
        const lanes = [0, 1, 2, 3].map((lane) => openRelease(db, anOpening(`death-${round}-${lane}`)));
        const writes = Promise.allSettled(lanes);
        const { rowCount } = await superuser.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
          [name],
        );
        deaths += rowCount ?? 0;
        for (const ended of await writes) {
          if (ended.status === "rejected") codes.add((ended.reason as { code?: string }).code);
        }
      }
    });
    expect([...codes].filter((code) => code !== "backend.unavailable")).toEqual([]);
    await openRelease(db, anOpening("after all deaths"));
    const opened = new Set((await listAudit(db)).map((row) => row.release));
    const { items } = await listReleases(db, { limit: 500 });
    expect(new Set(items.map(({ release }) => release))).toEqual(opened);
  });
});

describe("when the server is killed", () => {
  let home: string;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), `slipway-postgres-${process.pid}-`));
    await chmod(home, 0o755);
  });
  afterAll(() => removeServer(home));

  test("what was acknowledged is there afterwards, the rest wholly or not at all, and the pool goes on", async () => {
    const first = await startPostgres({ home });
    await migrate(first.url);
    const { db, close } = await openDatabase(first.url, { maxConnections: 4 });
    onTestFinished(close);
    const acknowledged: string[] = [];
    const codes: (string | undefined)[] = [];
    const until = new AbortController();
    const writer = async (lane: number): Promise<void> => {
      for (let n = 0; !until.signal.aborted; n++) {
        const release = `kill-${lane}-${n}`;
        try {
          await openRelease(db, anOpening(release));
          acknowledged.push(release);
        } catch (error) {
          codes.push((error as { code?: string }).code);
          return;
        }
      }
    };
    const writers = [0, 1, 2, 3].map(writer);
    while (acknowledged.length < 40) await sleep(5);
    process.kill(first.pid, "SIGKILL");
    const again = await startPostgres({ home });
    until.abort();
    await Promise.all(writers);

    expect(again).toMatchObject({ adopted: false, port: first.port });
    expect(codes.every((code) => code === "backend.unavailable")).toBe(true);
    for (const release of acknowledged) expect(await getRelease(db, release)).toMatchObject({ release });
    const { items } = await listReleases(db, { limit: 500 });
    const opened = new Set((await listAudit(db)).map((row) => row.release));
    expect(new Set(items.map((item) => item.release))).toEqual(opened);
    // A retry of what failed is the same write.
    await openRelease(db, anOpening("kill-0-0"));
    expect(await listAudit(db, { release: "kill-0-0" })).toHaveLength(1);
  });

  test("opening waits until it is back", async () => {
    const running = await startPostgres({ home });
    await running.stop();
    const opening = openDatabase(running.url, { waitMs: 60_000 });
    const back = await startPostgres({ home });
    expect(back.port).toBe(running.port);
    const { db, close } = await opening;
    onTestFinished(close);
    expect((await listReleases(db, { limit: 1 })).items).toHaveLength(1);
  });
});
