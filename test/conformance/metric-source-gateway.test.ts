import { afterAll, beforeAll, expect, test } from "vitest";
import { bucketOf } from "../../src/gateway/sticky-bucket.ts";
import { createGatewayMetricSource } from "../../src/metrics/gateway-source.ts";
import { applyState, createCaller } from "../integration/gateway/support/caller.ts";
import {
  createWorkbench,
  trafficState,
  type ModelServer,
  type RunningGateway,
  type Workbench,
} from "../integration/gateway/support/processes.ts";
import { describeMetricSource, type MetricSourceUnderTest, type PlayedRequest } from "./metric-source.ts";

let bench: Workbench;
let gateway: RunningGateway;
let champion: ModelServer;
let candidate: ModelServer;
let subject: MetricSourceUnderTest;
let generation = 0;
const labelledKeys = new Map<string, Set<string>>();

beforeAll(async () => {
  bench = await createWorkbench();
  champion = await bench.startModelServer({ version: "champion" });
  candidate = await bench.startModelServer({ version: "candidate" });
  gateway = await bench.startGateway();
  subject = {
    source: createGatewayMetricSource({ adminUrl: gateway.adminUrl, stateDir: bench.stateDir }),
    environment: "production",
    endpoint: "employment",
    play,
  };
});
afterAll(() => bench[Symbol.asyncDispose]());

async function play(rolloutId: string, stage: number, requests: readonly PlayedRequest[]): Promise<void> {
  generation += 1;
  const state = trafficState({
    generation,
    champion: champion.arm,
    candidate: candidate.arm,
    candidatePercent: 50,
    rolloutId,
    stage,
    routingKey: { header: "x-person-id" },
    decision: { output: "probability", rule: { threshold: 0.5 } },
  });
  expect((await applyState(gateway.adminUrl, state)).status).toBe(200);
  await using caller = createCaller(gateway.url);
  for (const request of requests) {
    const server = request.arm === "champion" ? champion : candidate;
    await server.behave(request.fails ? { mode: "status", status: 500 } : {});
    const { requestId } = await caller.predict(keyFor(rolloutId, request), request.decision);
    await server.behave({});
    if (request.label !== undefined) await caller.label(JSON.stringify({ id: requestId, label: request.label }));
  }
  // Capture is written by itself within a moment: wait until all labelled keys of the stage so far are in it.
  const place = `${rolloutId}/${stage}`;
  const keys = labelledKeys.get(place) ?? new Set();
  for (const request of requests) if (request.label !== undefined) keys.add(keyFor(rolloutId, request));
  labelledKeys.set(place, keys);
  const units = async () => {
    const query = { environment: "production", endpoint: "employment", rolloutId, metric: "labelFailures" } as const;
    const fresh = createGatewayMetricSource({ adminUrl: gateway.adminUrl, stateDir: bench.stateDir });
    const counts = (await fresh.counts(query)).find((one) => one.stage === stage);
    return (counts?.championUnits ?? 0) + (counts?.candidateUnits ?? 0);
  };
  await expect.poll(units, { timeout: 20_000 }).toBe(keys.size);
}

/** The played key, made longer until it falls to the arm it is to fall to. */
function keyFor(rolloutId: string, { key, arm }: PlayedRequest): string {
  for (let tries = 0; ; tries += 1) {
    const candidateKey = `${key}-${tries}`;
    if (bucketOf(rolloutId, candidateKey) < 5_000 === (arm === "candidate")) return candidateKey;
  }
}

describeMetricSource("the gateway's metric source", () => subject);

test("the gateway's metric source says what it cannot reach", async () => {
  const source = createGatewayMetricSource({ adminUrl: "http://127.0.0.1:9", stateDir: "/nowhere/at/all" });
  const query = { environment: "production", endpoint: "employment", rolloutId: "a" };
  for (const metric of ["requestFailures", "labelFailures"] as const) {
    await expect(source.counts({ ...query, metric })).rejects.toMatchObject({ code: "backend.unavailable" });
  }
});
