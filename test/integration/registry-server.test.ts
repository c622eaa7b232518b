import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { isAlive } from "../../src/supervisor/process-identity.ts";
import { type RunningPostgres, startPostgres } from "../../src/workers/embedded/postgres.ts";
import { withClient } from "../support/postgres.ts";
import { removeServer } from "../support/postgres-setup.ts";

const IS_ROOT = process.getuid?.() === 0;

let home: string;
let dataFolder: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), `slipway-postgres-${process.pid}-`));
  await chmod(home, 0o755);
  dataFolder = join(home, "postgres", "server", "data");
});
afterEach(() => removeServer(home));

const ask = async (url: string, sql: string): Promise<unknown> =>
  withClient(url, async (client) => Object.values((await client.query(sql)).rows[0])[0]);

const setting = (server: RunningPostgres, name: string) => ask(server.superuserUrl, `show ${name}`);

/** A process of its own that starts the server and then waits: what `up` is to it. */
function startElsewhere(): ChildProcess {
  const module = resolve("dist/workers/embedded/postgres.js");
  const code = `const { startPostgres } = await import(${JSON.stringify(module)});
    const { pid } = await startPostgres({ home: ${JSON.stringify(home)} });
    console.log(pid);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return child;
}

describe("the embedded server", () => {
  test("is found running by the next start, and stopping it twice is stopping it once", async () => {
    const first = await startPostgres({ home });
    const second = await startPostgres({ home });
    expect(first.adopted).toBe(false);
    expect(second).toMatchObject({ adopted: true, pid: first.pid, startTime: first.startTime, url: first.url });
    expect(await ask(second.url, "select current_user || '@' || current_database()")).toBe("slipway@slipway");
    await first.stop();
    await second.stop();
    expect(isAlive(first)).toBe(false);
  });

  test("is one when many start it at once, on a home that has none", async () => {
    const started = await Promise.all(Array.from({ length: 4 }, () => startPostgres({ home })));
    expect(new Set(started.map(({ pid }) => pid)).size).toBe(1);
    expect(new Set(started.map(({ url }) => url)).size).toBe(1);
    expect(await ask(started[0]?.url ?? "", "select 1")).toBe(1);
  });

  test("outlives the SIGKILL of the process that started it", async () => {
    const starter = startElsewhere();
    const [line] = (await once(starter.stdout ?? starter, "data")) as [Buffer];
    starter.kill("SIGKILL");
    await once(starter, "exit");
    const found = await startPostgres({ home });
    expect(found).toMatchObject({ adopted: true, pid: Number(line.toString()) });
    expect(await ask(found.url, "select 1")).toBe(1);
  });

  test("starts whole after its first start was killed half-way, and keeps nothing of it", async () => {
    const starter = startElsewhere();
    const server = join(home, "postgres", "server");
    for (let begun = false; !begun; await sleep(5)) {
      const names = await readdir(server).catch(() => []);
      begun = names.some((name) => /^initializing-[0-9a-f]+$/u.test(name));
    }
    starter.kill("SIGKILL");
    await once(starter, "exit");
    const running = await startPostgres({ home });
    expect(await ask(running.url, "select 1")).toBe(1);
    await running.stop();
    await startPostgres({ home });
    expect((await readdir(server)).toSorted()).toEqual(["data"]);
  });

  test("takes another port when the wanted one is taken, and that one again the next time", async () => {
    const squatter = createServer().listen(0, "127.0.0.1");
    await once(squatter, "listening");
    const { port } = squatter.address() as { port: number };
    const moved = await startPostgres({ home, port });
    expect(moved.port).not.toBe(port);
    await moved.stop();
    squatter.close();
    await once(squatter, "close");
    expect((await startPostgres({ home })).port).toBe(moved.port);
  });

  test("recovers after its own SIGKILL, on the same port and with what was committed", async () => {
    const first = await startPostgres({ home });
    await withClient(first.url, async (client) => {
      client.on("error", () => {});
      await client.query("create table kept (n int)");
      await client.query("insert into kept values (42)");
      process.kill(first.pid, "SIGKILL");
    });
    const again = await startPostgres({ home });
    expect(again).toMatchObject({ adopted: false, port: first.port });
    expect(await ask(again.url, "select n from kept")).toBe(42);
  });

  test("is not taken for another program that has the dead server's pid now", async () => {
    const first = await startPostgres({ home });
    process.kill(first.pid, "SIGKILL");
    const lockFile = join(dataFolder, "postmaster.pid");
    const lines = (await readFile(lockFile, "utf8")).split("\n");
    await writeFile(lockFile, [process.pid, ...lines.slice(1)].join("\n"));
    const again = await startPostgres({ home });
    expect(again.adopted).toBe(false);
    expect(again.pid).not.toBe(process.pid);
    expect(await ask(again.url, "select 1")).toBe(1);
  });

  test("serves this machine alone, to who knows the password, and never as root", async () => {
    const server = await startPostgres({ home });
    expect(await setting(server, "listen_addresses")).toBe("127.0.0.1");
    expect(await setting(server, "unix_socket_directories")).toBe("");
    const stranger = Object.assign(new URL(server.url), { password: "guess" }).href;
    await expect(ask(stranger, "select 1")).rejects.toMatchObject({ code: "28P01" });
    const passwordFile = join(home, "postgres", "password");
    expect((await stat(passwordFile)).mode & 0o777).toBe(0o600);
    expect(new URL(server.url).password).toBe(await readFile(passwordFile, "utf8"));
    const status = await readFile(`/proc/${server.pid}/status`, "utf8");
    expect(/^Uid:\s+(\d+)/mu.exec(status)?.[1]).not.toBe("0");
    expect(await ask(server.url, "select rolsuper from pg_roles where rolname = current_user")).toBe(false);
  });

  test("keeps every commit, in UTF-8, in an order that no locale changes", async () => {
    const server = await startPostgres({ home });
    expect(await setting(server, "fsync")).toBe("on");
    expect(await setting(server, "synchronous_commit")).toBe("on");
    expect(await setting(server, "server_encoding")).toBe("UTF8");
    expect(await setting(server, "timezone")).toBe("UTC");
    expect(await ask(server.url, "select datcollate from pg_database where datname = 'slipway'")).toBe("C");
  });

  test("writes neither its password nor what was asked into its log", async () => {
    const server = await startPostgres({ home });
    await expect(ask(server.url, "select 'a secret' from nowhere")).rejects.toMatchObject({ code: "42P01" });
    const log = await readFile(join(home, "logs", "postgres.log"), "utf8");
    expect(log).toContain("ready to accept connections");
    expect(log).not.toContain("a secret");
    expect(log).not.toContain(new URL(server.url).password);
  });

  test("is refused with the end of its log when its data is spoilt", async () => {
    await (await startPostgres({ home })).stop();
    await rm(join(dataFolder, "global", "pg_control"));
    await expect(startPostgres({ home })).rejects.toMatchObject({
      code: "backend.unavailable",
      message: expect.stringContaining("pg_control"),
    });
  });

  test.skipIf(!IS_ROOT)(
    "lies outside a home that its account may not enter, for ever, and is swept when that home is gone",
    async () => {
      const closed = await mkdtemp(join(tmpdir(), "slipway-closed-"));
      onTestFinished(() => rm(closed, { recursive: true, force: true }));
      const first = await startPostgres({ home: closed });
      const place = JSON.parse(await readFile(join(closed, "postgres", "place.json"), "utf8")) as { folder: string };
      expect(place.folder).toMatch(/^\/var\/lib\/slipway\/[a-z2-7]{16}$/u);
      expect(await readFile(join(place.folder, "home"), "utf8")).toBe(`${closed}\n`);
      await withClient(first.url, (client) => client.query("create table kept (n int)"));
      await first.stop();
      await chmod(closed, 0o755);
      const again = await startPostgres({ home: closed });
      expect(await ask(again.url, "select count(*)::int from kept")).toBe(0);

      await again.stop();
      await rm(closed, { recursive: true });
      const other = join(await mkdtemp(join(tmpdir(), "slipway-closed-")), "home");
      onTestFinished(() => rm(join(other, ".."), { recursive: true, force: true }));
      await mkdir(other);
      await (await startPostgres({ home: other })).stop();
      const own = JSON.parse(await readFile(join(other, "postgres", "place.json"), "utf8")) as { folder: string };
      onTestFinished(() => rm(own.folder, { recursive: true, force: true }));
      await expect(stat(place.folder)).rejects.toMatchObject({ code: "ENOENT" });
    },
  );
});
