import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { applyState, createCaller, inParallel, keepCalling } from "./support/caller.ts";
import {
  createWorkbench,
  trafficState,
  type ModelServer,
  type RunningGateway,
  type Workbench,
} from "./support/processes.ts";

describe("callers who leave", () => {
  let bench: Workbench;
  let gateway: RunningGateway;
  let champion: ModelServer;

  beforeAll(async () => {
    bench = await createWorkbench();
    champion = await bench.startModelServer({ version: "champion", pieces: 1_000, pieceDelayMs: 5, bytes: 50_000_000 });
    gateway = await bench.startGateway();
    await applyState(
      gateway.adminUrl,
      trafficState({ champion: champion.arm, mirrorPercent: 100, candidate: champion.arm }),
    );
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  test("at any moment of request and answer disturb nobody else, and nothing is left behind them", async () => {
    await using caller = createCaller(gateway.url);
    const statuses: number[] = [];
    const load = keepCalling(4, async () => {
      statuses.push((await caller.predict()).status);
    });
    await inParallel(300, 16, (index) => leaveWithin(gateway.port, index));
    await load.stop();
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect((await caller.predict()).status).toBe(200);
    const inFlight = async () => {
      const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      return /slipway_requests_in_flight\{.*\} (\d+)/u.exec(text)?.[1];
    };
    await expect.poll(inFlight, { timeout: 30_000 }).toBe("0");
    expect(gateway.log()).not.toContain(`"level":50`);
  });
});

const REQUESTS = [
  "POST /production/employment/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345",
  "POST /production/employment/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
  "POST /production/employment/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n12345",
  "GET /production/employment/stream HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET /production/employment/long HTTP/1.1\r\nHost: a\r\n\r\n",
  "POST /production/employment/v1/labels HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{",
];

/** Sends part of a request and cuts the connection a few milliseconds later; how many depends on the index. */
async function leaveWithin(port: number, index: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  const closed = new Promise((resolve) => socket.on("close", resolve));
  socket.write(REQUESTS[index % REQUESTS.length] ?? "");
  setTimeout(() => socket.destroy(), (index * 7) % 50);
  await closed;
}
