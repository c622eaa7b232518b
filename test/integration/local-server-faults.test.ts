import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServerHandle, ServerRunner } from "../../src/serving/server.ts";
import { readJson } from "../../src/supervisor/json-file.ts";
import { isAlive, type ProcessIdentity } from "../../src/supervisor/process-identity.ts";
import type { SupervisorRecord } from "../../src/supervisor/stop-request.ts";
import { readyAddress, serverSpec, untilServer } from "../conformance/server-runner.ts";
import { localServerRunnerUnderTest, type LocalServerRunnerUnderTest } from "../support/local-executor.ts";

let subject: LocalServerRunnerUnderTest;
let runner: ServerRunner;
beforeAll(async () => {
  subject = await localServerRunnerUnderTest();
  ({ runner } = subject);
});
afterAll(() => subject.dispose());

async function identities(handle: ServerHandle): Promise<{ supervisor: ProcessIdentity; server: ProcessIdentity }> {
  const folder = subject.folderOf(handle);
  const supervisor = await readJson<SupervisorRecord>(folder.supervisor);
  const server = await readJson<ProcessIdentity>(folder.process);
  if (supervisor === undefined || server === undefined) throw new Error("not running");
  return { supervisor: supervisor.identity, server };
}

async function pidAt(address: string): Promise<number> {
  const { pid } = (await (await fetch(address)).json()) as { pid: number };
  return pid;
}

/** What a worker does that starts a server, in a process of its own that can be killed. */
const START = `
import { join } from "node:path";
import { createFileStore } from "./dist/artifacts/file-store.js";
import { createLocalServerRunner } from "./dist/serving/local-server.js";
const [home, spec] = process.argv.slice(1);
const runner = createLocalServerRunner({ home, store: createFileStore({ root: join(home, "artifacts") }) });
await runner.ensure(JSON.parse(spec));
process.stdout.write("started");
setInterval(() => undefined, 1_000);
`;

describe("a model server", () => {
  test("outlives the SIGKILL of the worker that started it", async () => {
    const spec = await serverSpec(subject);
    const worker = spawn(process.execPath, ["--input-type=module", "-e", START, subject.home, JSON.stringify(spec)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(worker.stdout, "data");
    worker.kill("SIGKILL");
    await once(worker, "exit");
    const handle = await runner.ensure(spec);
    const pid = await pidAt(await readyAddress(runner, handle));
    expect(await pidAt(await readyAddress(runner, await runner.ensure(spec)))).toBe(pid);
  });

  test("that is killed comes back at the same address", async () => {
    const handle = await runner.ensure(await serverSpec(subject));
    const address = await readyAddress(runner, handle);
    process.kill(await pidAt(address), "SIGKILL");
    const back = await untilServer(runner, handle, (seen) => seen.phase === "ready" && seen.restarts === 1);
    expect(back).toMatchObject({ address });
  });

  test("whose supervisor was killed is unhealthy until it is ensured again, then at the same address", async () => {
    const spec = await serverSpec(subject);
    const handle = await runner.ensure(spec);
    const address = await readyAddress(runner, handle);
    const before = await identities(handle);
    process.kill(before.supervisor.pid, "SIGKILL");
    await untilServer(runner, handle, ({ phase }) => phase === "unhealthy");
    expect(await runner.ensure(spec)).toEqual(handle);
    const back = await untilServer(runner, handle, (seen) => seen.phase === "ready" && seen.restarts === 1);
    expect(back).toMatchObject({ address });
    expect(isAlive(before.server)).toBe(false);
    expect((await identities(handle)).server.pid).toBe(await pidAt(address));
  });

  test("whose supervisor was killed can be deleted, and leaves no process", async () => {
    const handle = await runner.ensure(await serverSpec(subject));
    await readyAddress(runner, handle);
    const { supervisor, server } = await identities(handle);
    process.kill(supervisor.pid, "SIGKILL");
    await runner.delete(handle, 1_000);
    expect(isAlive(server)).toBe(false);
    expect(await runner.observe(handle)).toEqual({ phase: "gone" });
  });

  test("whose port was taken meanwhile moves to another one", async () => {
    const spec = await serverSpec(subject);
    const handle = await runner.ensure(spec);
    const address = await readyAddress(runner, handle);
    const { supervisor, server } = await identities(handle);
    process.kill(supervisor.pid, "SIGKILL");
    process.kill(server.pid, "SIGKILL");
    const stranger = createServer((_, response) => response.end("stranger"));
    const port = Number(new URL(address).port);
    await expect
      .poll(
        () =>
          new Promise((resolve) => {
            stranger.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
          }),
      )
      .toBe(true);
    await runner.ensure(spec);
    const back = await untilServer(runner, handle, (seen) => seen.phase === "ready" && seen.restarts === 1);
    expect(back).not.toMatchObject({ address });
    stranger.close();
  });
});
