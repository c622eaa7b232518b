import { setTimeout as delay } from "node:timers/promises";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Digest } from "../../src/domain/json.ts";
import type { ServerHandle, ServerObservation, ServerRunner, ServerSpec } from "../../src/serving/server.ts";

/** A runner, and a way to lay trees into the store from which it takes code and models. */
export interface ServerRunnerUnderTest {
  readonly runner: ServerRunner;
  readonly putTree: (files: Readonly<Record<string, string>>) => Promise<Digest>;
  /** Stops whatever still runs. */
  readonly dispose: () => Promise<void>;
}

const ABSENT: Digest = `sha256:${"0".repeat(64)}`;
const PATIENCE_MS = 60_000;

/** A model server: its paths answer, tell what it was given, answer slowly, stop being ready, and crash. */
const SERVE = `
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
const { SLIPWAY_PORT, SLIPWAY_MODEL_DIR, SLIPWAY_MODEL_NAME, SLIPWAY_MODEL_VERSION, FLAVOUR } = process.env;
let ready = true;
const server = createServer((request, response) => {
  if (request.url === "/crash") process.exit(3);
  if (request.url === "/sick") ready = false;
  if (request.url === "/ready") response.statusCode = ready ? 200 : 503;
  const told = {
    pid: process.pid,
    model: readFileSync(SLIPWAY_MODEL_DIR + "/model.json", "utf8"),
    name: SLIPWAY_MODEL_NAME,
    version: SLIPWAY_MODEL_VERSION,
    flavour: FLAVOUR,
  };
  setTimeout(() => response.end(JSON.stringify(told)), request.url === "/slow" ? 700 : 0);
});
server.listen(Number(SLIPWAY_PORT), "127.0.0.1");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;

/** Observes until the claim holds. @throws when it takes a minute */
export async function untilServer(
  runner: ServerRunner,
  handle: ServerHandle,
  holds: (observation: ServerObservation) => boolean,
): Promise<ServerObservation> {
  const givenUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const observation = await runner.observe(handle);
    if (holds(observation)) return observation;
    if (performance.now() > givenUpAt) throw new Error(`still ${JSON.stringify(observation)} after a minute`);
    await delay(25);
  }
}

/** The base URL once the server is ready. */
export async function readyAddress(runner: ServerRunner, handle: ServerHandle): Promise<string> {
  const seen = await untilServer(runner, handle, ({ phase }) => phase === "ready");
  if (seen.phase !== "ready") throw new Error(seen.phase);
  return seen.address;
}

/** A server of an endpoint of its own. */
export async function serverSpec(
  { putTree }: Pick<ServerRunnerUnderTest, "putTree">,
  more: Partial<ServerSpec> = {},
): Promise<ServerSpec> {
  return {
    environment: "production",
    endpoint: `endpoint-${randomUUID()}`,
    modelVersion: "employment@1.0.0",
    model: await putTree({ "model.json": "weights" }),
    code: await putTree({ "serve.mjs": SERVE }),
    command: ["node", "serve.mjs"],
    env: { FLAVOUR: "vanilla" },
    readyPath: "/ready",
    startTimeoutMs: 20_000,
    ...more,
  };
}

/** What every server runner must do. A new one is finished when this passes. */
export function describeServerRunner(name: string, create: () => Promise<ServerRunnerUnderTest>): void {
  describe(`${name} is a ServerRunner`, () => {
    let subject: ServerRunnerUnderTest;
    let runner: ServerRunner;
    beforeAll(async () => {
      subject = await create();
      ({ runner } = subject);
    });
    afterAll(() => subject.dispose());

    test("a server becomes ready and knows its model", async () => {
      const handle = await runner.ensure(await serverSpec(subject));
      const address = await readyAddress(runner, handle);
      expect(await told(address)).toMatchObject({ model: "weights", version: "employment@1.0.0", flavour: "vanilla" });
      await runner.delete(handle, 1_000);
    });

    test("ensured twice, and many times at once, is one server", async () => {
      const spec = await serverSpec(subject);
      const handle = await runner.ensure(spec);
      const address = await readyAddress(runner, handle);
      const { pid } = await told(address);
      const handles = await Promise.all(Array.from({ length: 5 }, () => runner.ensure(spec)));
      expect(handles).toEqual(Array.from({ length: 5 }, () => handle));
      expect(await told(await readyAddress(runner, handle))).toMatchObject({ pid });
      await runner.delete(handle, 1_000);
    });

    test("two versions of an endpoint run beside each other and are listed", async () => {
      const one = await serverSpec(subject);
      const two = {
        ...one,
        modelVersion: "employment@1.1.0",
        model: await subject.putTree({ "model.json": "better" }),
      };
      const handles = [await runner.ensure(one), await runner.ensure(two)];
      const addresses = await Promise.all(handles.map((handle) => readyAddress(runner, handle)));
      expect(new Set(addresses).size).toBe(2);
      expect(await told(addresses[1] ?? "")).toMatchObject({ model: "better" });
      const listed = await runner.list(one.environment, one.endpoint);
      expect(listed.map(({ modelVersion }) => modelVersion).toSorted()).toEqual([
        "employment@1.0.0",
        "employment@1.1.0",
      ]);
      for (const handle of handles) await runner.delete(handle, 1_000);
      expect(await runner.list(one.environment, one.endpoint)).toEqual([]);
    });

    test("a server that crashes is started again at the same address, and that is counted", async () => {
      const handle = await runner.ensure(await serverSpec(subject));
      const address = await readyAddress(runner, handle);
      await fetch(`${address}/crash`).catch(() => undefined);
      const seen = await untilServer(runner, handle, (now) => now.phase === "ready" && now.restarts === 1);
      expect(seen).toMatchObject({ address });
      await runner.delete(handle, 1_000);
    });

    test("a server that was ready and is not any more is unhealthy at once", async () => {
      const handle = await runner.ensure(await serverSpec(subject));
      const address = await readyAddress(runner, handle);
      await fetch(`${address}/sick`);
      expect(await runner.observe(handle)).toMatchObject({ phase: "unhealthy", address, restarts: 0 });
      await runner.delete(handle, 1_000);
    });

    test("a server that never answers is unhealthy after its start timeout", async () => {
      const spec = await serverSpec(subject, { command: ["sleep", "600"], startTimeoutMs: 500 });
      const handle = await runner.ensure(spec);
      expect(await runner.observe(handle)).toMatchObject({ phase: "starting" });
      const seen = await untilServer(runner, handle, ({ phase }) => phase === "unhealthy");
      expect(seen).toHaveProperty("message", expect.stringContaining("/ready"));
      await runner.delete(handle, 0);
    });

    test("a server that ends at once is unhealthy, with its exit code", async () => {
      const handle = await runner.ensure(await serverSpec(subject, { command: ["sh", "-c", "exit 3"] }));
      const seen = await untilServer(runner, handle, (now) => now.phase === "unhealthy" && now.restarts > 1);
      expect(seen).toHaveProperty("message", expect.stringContaining("exit code 3"));
      await runner.delete(handle, 0);
    });

    test("a command that is not there is unhealthy and says so", async () => {
      const handle = await runner.ensure(await serverSpec(subject, { command: ["no-such-program"] }));
      const seen = await untilServer(runner, handle, ({ phase }) => phase === "unhealthy");
      expect(seen).toHaveProperty("message", expect.stringContaining("no-such-program"));
      await runner.delete(handle, 0);
    });

    test("a model that is not in the store is refused at once", async () => {
      const spec = await serverSpec(subject, { model: ABSENT });
      await expect(runner.ensure(spec)).rejects.toMatchObject({ code: "artifact.missing" });
    });

    test("deleting lets it finish what it is answering", async () => {
      const handle = await runner.ensure(await serverSpec(subject));
      const address = await readyAddress(runner, handle);
      const answer = fetch(`${address}/slow`, { headers: { connection: "close" } });
      await delay(100); // The request must have reached the server; nothing tells when.
      await runner.delete(handle, 10_000);
      expect((await answer).status).toBe(200);
      expect(await runner.observe(handle)).toEqual({ phase: "gone" });
      await expect(runner.delete(handle, 0)).resolves.toBeUndefined();
    });

    test("deleting twice at once is no error", async () => {
      const handle = await runner.ensure(await serverSpec(subject));
      await readyAddress(runner, handle);
      await Promise.all([runner.delete(handle, 1_000), runner.delete(handle, 1_000)]);
      expect(await runner.observe(handle)).toEqual({ phase: "gone" });
    });

    test("deleting one that does not stop kills it after the grace", async () => {
      const spec = await serverSpec(subject, { command: ["sh", "-c", "trap '' TERM; while true; do sleep 0.1; done"] });
      const handle = await runner.ensure(spec);
      await untilServer(runner, handle, (now) => "message" in now && !now.message.startsWith("preparing"));
      await runner.delete(handle, 200);
      expect(await runner.observe(handle)).toEqual({ phase: "gone" });
    });

    test("a handle of a deleted server is gone, also when a new one has its name", async () => {
      const spec = await serverSpec(subject);
      const old = await runner.ensure(spec);
      await runner.delete(old, 1_000);
      const young = await runner.ensure(spec);
      expect(young.uid).not.toBe(old.uid);
      expect(await runner.observe(old)).toEqual({ phase: "gone" });
      await runner.delete(old, 0);
      await readyAddress(runner, young);
      await runner.delete(young, 1_000);
    });
  });
}

/** What a server of these tests says of itself. */
async function told(address: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`${address}/`)).json()) as Record<string, unknown>;
}
