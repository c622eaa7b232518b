import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { applyState, createCaller, type Caller } from "./support/caller.ts";
import {
  createWorkbench,
  trafficState,
  type ModelServer,
  type RunningGateway,
  type Workbench,
} from "./support/processes.ts";

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly bytes: number;
  readonly sha256: string;
}

describe("the gateway passes on", () => {
  let bench: Workbench;
  let gateway: RunningGateway;
  let champion: ModelServer;
  let caller: Caller;

  beforeAll(async () => {
    bench = await createWorkbench();
    champion = await bench.startModelServer({ version: "champion", pieces: 3, pieceDelayMs: 900 });
    gateway = await bench.startGateway();
    caller = createCaller(gateway.url);
    await applyState(gateway.adminUrl, trafficState({ champion: champion.arm, timeoutMs: 2_000 }));
  });
  afterAll(async () => {
    await caller[Symbol.asyncDispose]();
    await bench[Symbol.asyncDispose]();
  });
  const echoOf = async (call: Parameters<Caller["call"]>[0]): Promise<Echo> =>
    JSON.parse((await caller.call(call)).text) as Echo;

  test.each(["GET", "POST", "PUT", "PATCH", "DELETE"])("%s with path, query and body", async (method) => {
    const body = method === "GET" ? {} : { body: "some body" };
    const echo = await echoOf({ method, path: "/echo?a=1&b=%2F", ...body });
    expect(echo).toMatchObject({ method, url: "/echo?a=1&b=%2F", bytes: method === "GET" ? 0 : 9 });
  });

  test("long bodies byte by byte, without holding them", async () => {
    const body = Buffer.alloc(20_000_000, "0123456789");
    const echo = await echoOf({ method: "POST", path: "/echo", body });
    expect(echo).toMatchObject({ bytes: body.length, sha256: createHash("sha256").update(body).digest("hex") });
    const answer = await caller.call({ path: "/long" });
    expect(answer.text.length).toBe(8_000_000);
  });

  test("a body in chunks before it has ended, and the answer before the body has", async () => {
    const socket = connect(gateway.port, "127.0.0.1");
    let received = "";
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString();
    });
    socket.write(
      "POST /production/employment/early HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n",
    );
    await expect.poll(() => received, { timeout: 20_000 }).toContain("early ");
    expect(received).not.toContain("late");
    socket.write("0\r\n\r\n");
    await expect.poll(() => received, { timeout: 20_000 }).toContain("late");
    socket.destroy();
  });

  test("an event stream piece by piece, though all of it takes longer than the time-out", async () => {
    const response = await fetch(`${gateway.url}/production/employment/stream`);
    const arrivals: number[] = [];
    for await (const _ of response.body ?? []) arrivals.push(performance.now());
    expect(arrivals.length).toBeGreaterThanOrEqual(3);
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(1_500);
  });

  test("a safe request id, and makes one where there is none", async () => {
    const given = await caller.call({ path: "/echo", headers: { "x-request-id": "order-17" } });
    expect(given.requestId).toBe("order-17");
    expect((JSON.parse(given.text) as Echo).rawHeaders).toContain("order-17");
    expect((await caller.call({ path: "/echo" })).requestId).toMatch(/^[0-9a-f-]{36}$/u);
    const unsafe = await caller.call({ path: "/echo", headers: { "x-request-id": 'a b"' } });
    expect(unsafe.requestId).toMatch(/^[0-9a-f-]{36}$/u);
  });

  test("no header of one connection only, not even one that the caller declares to be", async () => {
    const raw = await exchange(
      "GET /production/employment/echo HTTP/1.1\r\nHost: a\r\nConnection: close, X-Secret\r\nX-Secret: 1\r\n" +
        "X-Kept: 2\r\nTE: trailers\r\nProxy-Authorization: Basic eA==\r\nUpgrade: h2c\r\n\r\n",
    );
    expect(raw).toMatch(/^HTTP\/1\.1 200/u);
    const names = headerNames(JSON.parse(raw.slice(raw.indexOf("{"))) as Echo);
    expect(names).toContain("x-kept");
    for (const hop of ["x-secret", "te", "proxy-authorization", "upgrade"]) expect(names).not.toContain(hop);
  });

  test.each([
    [
      "both a length and chunks",
      "POST /production/employment/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    [
      "two lengths",
      "POST /production/employment/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    ],
    ["a header folded over two lines", "GET /production/employment/echo HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n"],
    [
      "chunks that are not the last coding",
      "POST /production/employment/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    ],
  ])("no request with %s", async (_, request) => {
    const before = await champion.served();
    expect(await exchange(request)).toMatch(/^HTTP\/1\.1 400/u);
    expect(await champion.served()).toBe(before);
  });

  test("a HEAD and an empty answer as they are", async () => {
    const head = await fetch(`${gateway.url}/production/employment/echo`, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(Number(head.headers.get("content-length"))).toBeGreaterThan(0);
    expect(await head.text()).toBe("");
  });

  async function exchange(request: string): Promise<string> {
    const socket = connect(gateway.port, "127.0.0.1");
    let received = "";
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString();
    });
    socket.write(request);
    await once(socket, "close");
    return received;
  }
});

function headerNames(echo: Echo): readonly string[] {
  return echo.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
}
