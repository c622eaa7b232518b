import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bucketOf } from "../../../src/gateway/sticky-bucket.ts";
import { applyState, createCaller, inParallel, keepCalling, readStats, type Caller } from "./support/caller.ts";
import {
  createWorkbench,
  trafficState,
  type ModelServer,
  type RunningGateway,
  type Workbench,
} from "./support/processes.ts";

describe("requests are assigned to arms", () => {
  let bench: Workbench;
  let gateway: RunningGateway;
  let champion: ModelServer;
  let candidate: ModelServer;
  let caller: Caller;
  let generation = 0;

  beforeAll(async () => {
    bench = await createWorkbench();
    champion = await bench.startModelServer({ version: "employment@1.0.0" });
    candidate = await bench.startModelServer({ version: "employment@2.0.0" });
    gateway = await bench.startGateway();
    caller = createCaller(gateway.url);
  });
  afterAll(async () => {
    await caller[Symbol.asyncDispose]();
    await bench[Symbol.asyncDispose]();
  });
  const split = async (candidatePercent: number, rolloutId: string, stage = 0) => {
    generation += 1;
    const arms = { champion: champion.arm, candidate: candidate.arm };
    const routingKey = { header: "X-Person-Id" };
    const state = trafficState({ ...arms, generation, candidatePercent, rolloutId, stage, routingKey });
    expect((await applyState(gateway.adminUrl, state)).status).toBe(200);
  };
  const versionFor = async (key: string) => (await caller.predict(key)).version;

  test("by the bucket of their key, exactly", async () => {
    await split(37, "roll-out-a");
    const keys = Array.from({ length: 300 }, (_, index) => `person-${index}`);
    const versions = await inParallel(keys.length, 16, (index) => versionFor(keys[index] ?? ""));
    const expected = keys.map((key) => (bucketOf("roll-out-a", key) < 3_700 ? "employment@2.0.0" : "employment@1.0.0"));
    expect(versions).toEqual(expected);
  });

  test("stickily: a person in the smaller share stays in every larger one", async () => {
    const keys = Array.from({ length: 200 }, (_, index) => `sticky-${index}`);
    let inBefore = new Set<string>();
    for (const [stage, percent] of [5, 20, 50, 100].entries()) {
      await split(percent, "roll-out-b", stage);
      const versions = await inParallel(keys.length, 16, (index) => versionFor(keys[index] ?? ""));
      const inNow = new Set(keys.filter((_, index) => versions[index] === "employment@2.0.0"));
      expect([...inBefore].filter((key) => !inNow.has(key))).toEqual([]);
      expect(inNow.size).toBeGreaterThanOrEqual(inBefore.size);
      inBefore = inNow;
    }
    expect(inBefore.size).toBe(keys.length);
  });

  test("with the share asked for, within binomial error over 10,000 requests", async () => {
    await split(10, "roll-out-c");
    const versions = await inParallel(10_000, 32, async () => versionFor(crypto.randomUUID()));
    const share = versions.filter((version) => version === "employment@2.0.0").length / versions.length;
    // Five standard errors: a right gateway fails this once in two million runs.
    expect(Math.abs(share - 0.1)).toBeLessThan(5 * Math.sqrt((0.1 * 0.9) / versions.length));
    const [stage] = (await readStats(gateway.adminUrl, "roll-out-c")).stages;
    expect((stage?.championUnits ?? 0) + (stage?.candidateUnits ?? 0)).toBe(10_000);
    expect(stage?.candidateUnits).toBe(Math.round(share * 10_000));
  });

  test("and counted as units by key and stage, not by request", async () => {
    await split(50, "roll-out-d", 0);
    for (let round = 0; round < 3; round += 1) await inParallel(20, 8, (index) => versionFor(`unit-${index}`));
    await split(50, "roll-out-d", 1);
    await inParallel(5, 5, (index) => versionFor(`unit-${index}`));
    const { stages } = await readStats(gateway.adminUrl, "roll-out-d");
    expect(stages.map((stage) => stage.championUnits + stage.candidateUnits)).toEqual([20, 5]);
  });

  test("by a field of the body where the endpoint names one, in chunked bodies too", async () => {
    generation += 1;
    const arms = { champion: champion.arm, candidate: candidate.arm };
    const routingKey = { bodyField: "parameters.person" };
    const state = trafficState({ ...arms, generation, candidatePercent: 50, rolloutId: "roll-out-e", routingKey });
    await applyState(gateway.adminUrl, state);
    for (let index = 0; index < 20; index += 1) {
      const body = JSON.stringify({ parameters: { person: `p${index}` } });
      const expected = bucketOf("roll-out-e", `p${index}`) < 5_000 ? "employment@2.0.0" : "employment@1.0.0";
      expect(await versionOf(caller, body)).toBe(expected);
      expect(await versionOf(caller, chunksOf(body))).toBe(expected);
    }
  });

  test("and none is dropped or answered with an error while weights change 200 times under load", async () => {
    const statuses: number[] = [];
    const load = keepCalling(16, async () => {
      statuses.push((await caller.predict()).status);
    });
    for (let change = 0; change < 200; change += 1) await split((change * 37) % 101, "roll-out-f", change);
    await load.stop();
    expect(statuses.length).toBeGreaterThan(200);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });
});

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  const middle = Math.floor(text.length / 2);
  yield Buffer.from(text.slice(0, middle));
  yield Buffer.from(text.slice(middle));
}

async function versionOf(caller: Caller, body: string | AsyncIterable<Uint8Array>): Promise<string | undefined> {
  return (await caller.call({ method: "POST", path: "/echo", body })).version;
}
