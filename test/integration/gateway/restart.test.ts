import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createGatewayMetricSource } from "../../../src/metrics/gateway-source.ts";
import { identityOf } from "../../../src/supervisor/process-identity.ts";
import { applyState, createCaller, inParallel, readStats } from "./support/caller.ts";
import { createWorkbench, trafficState, type ModelServer, type Workbench } from "./support/processes.ts";

const ROLLOUT = "release/7/rollout/production/1";

describe("a gateway", () => {
  let bench: Workbench;
  let champion: ModelServer;
  let candidate: ModelServer;

  beforeEach(async () => {
    bench = await createWorkbench();
    champion = await bench.startModelServer({ version: "champion", probability: 0.9 });
    candidate = await bench.startModelServer({ version: "candidate", probability: 0.9 });
  });
  afterEach(() => bench[Symbol.asyncDispose]());
  const state = (generation: number, candidatePercent: number) =>
    trafficState({
      generation,
      candidatePercent,
      champion: champion.arm,
      candidate: candidate.arm,
      rolloutId: ROLLOUT,
      stage: 3,
      routingKey: { header: "x-person-id" },
      decision: { output: "probability", rule: { threshold: 0.5 } },
    });

  test("killed with SIGKILL under load serves at once with the last state, and its counts go on", async () => {
    await candidate.behave({ mode: "status", status: 500 });
    const first = await bench.startGateway();
    await applyState(first.adminUrl, state(1, 10));
    await applyState(first.adminUrl, state(2, 50));
    await using caller = createCaller(first.url);
    await inParallel(200, 16, (index) => caller.predict(`before-${index}`));
    const told = await readStats(first.adminUrl, ROLLOUT);
    const load = inParallel(2_000, 16, (index) => caller.predict(`during-${index}`).catch(() => undefined));
    await first.kill();
    await load;

    const second = await bench.startGateway();
    await using again = createCaller(second.url);
    await inParallel(200, 16, (index) => again.predict(`before-${index}`));
    const resumed = await readStats(second.adminUrl, ROLLOUT);
    const [before] = told.stages;
    const [after] = resumed.stages;
    // What was told once is never taken back, and keys counted before the kill are the same units after it.
    expect(after?.stage).toBe(3);
    expect(after?.championUnits).toBeGreaterThanOrEqual(before?.championUnits ?? Infinity);
    expect(after?.candidateUnits).toBeGreaterThanOrEqual(before?.candidateUnits ?? Infinity);
    expect(after?.candidateFailures).toBeGreaterThanOrEqual(before?.candidateFailures ?? Infinity);
    expect((before?.championUnits ?? 0) + (before?.candidateUnits ?? 0)).toBe(200);
    expect(before?.candidateFailures).toBe(before?.candidateUnits);
    const observed = await fetch(`${second.adminUrl}/endpoints/production/employment`);
    expect(await observed.json()).toEqual(state(2, 50));
    // The keys of before, sent again, are not counted again.
    await inParallel(200, 16, (index) => again.predict(`before-${index}`));
    expect((await readStats(second.adminUrl, ROLLOUT)).stages).toEqual(resumed.stages);
  });

  test("killed twenty times while it counts never takes back what it told", async () => {
    let total = 0;
    let keys = 0;
    for (let round = 0; round < 20; round += 1) {
      const gateway = await bench.startGateway();
      if (round === 0) await applyState(gateway.adminUrl, state(1, 50));
      await using caller = createCaller(gateway.url);
      await inParallel(20, 8, () => caller.predict(`key-${(keys += 1)}`));
      const [stage] = (await readStats(gateway.adminUrl, ROLLOUT)).stages;
      const counted = (stage?.championUnits ?? 0) + (stage?.candidateUnits ?? 0);
      expect(counted).toBe(total + 20);
      total = counted;
      await gateway.kill();
    }
  });

  test("joins labels that arrive after its restart with predictions of before", async () => {
    const first = await bench.startGateway();
    await applyState(first.adminUrl, state(1, 50));
    await using caller = createCaller(first.url);
    const ids = (await inParallel(40, 8, (index) => caller.predict(`key-${index}`))).map(({ requestId }) => requestId);
    await first.stop();
    const second = await bench.startGateway();
    await using again = createCaller(second.url);
    await again.label(ids.map((id, index) => JSON.stringify({ id, label: index % 4 === 0 ? 0 : 1 })).join("\n"));
    const source = createGatewayMetricSource({ adminUrl: second.adminUrl, stateDir: bench.stateDir });
    const query = { environment: "production", endpoint: "employment", rolloutId: ROLLOUT };
    const [stage] = await source.counts({ ...query, metric: "labelFailures" });
    expect((stage?.championUnits ?? 0) + (stage?.candidateUnits ?? 0)).toBe(40);
    expect((stage?.championFailures ?? 0) + (stage?.candidateFailures ?? 0)).toBe(10);
  });

  test("on SIGTERM finishes what it is answering, takes nothing new, and ends with 0", async () => {
    const gateway = await bench.startGateway();
    await champion.behave({ delayMs: 1_000, probability: 0.9 });
    await applyState(gateway.adminUrl, state(1, 0));
    await using caller = createCaller(gateway.url);
    const slow = caller.predict("anna");
    await expect.poll(() => champion.served(), { timeout: 20_000 }).toBe(1);
    const stopped = gateway.stop();
    expect(await slow).toMatchObject({ status: 200 });
    expect(await stopped).toBe(0);
    await expect(fetch(gateway.url)).rejects.toThrow("fetch failed");
    await expect(stat(join(bench.stateDir, "gateway.json"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("says which process it is and where it listens", async () => {
    const gateway = await bench.startGateway();
    const described = JSON.parse(await readFile(join(bench.stateDir, "gateway.json"), "utf8")) as object;
    expect(described).toEqual({
      pid: gateway.pid,
      startTime: identityOf(gateway.pid)?.startTime,
      port: gateway.port,
      adminPort: gateway.adminPort,
      url: `http://127.0.0.1:${gateway.port}`,
      adminUrl: `http://127.0.0.1:${gateway.adminPort}`,
    });
    const health = await (await fetch(`${gateway.adminUrl}/health`)).json();
    expect(health).toMatchObject({ status: "ok", pid: gateway.pid, stateDir: bench.stateDir });
  });

  test("does not start beside another one on the same folder, nor on a port that is taken", async () => {
    const gateway = await bench.startGateway();
    await expect(bench.startGateway()).rejects.toThrow("Another gateway serves from");
    await using other = await createWorkbench();
    await expect(other.startGateway({ port: gateway.port })).rejects.toThrow(`--port ${gateway.port}`);
  });

  test("refuses to start on a state file that no gateway wrote, rather than forget the weights", async () => {
    await writeFile(join(bench.stateDir, "state.json"), `{"endpoints": [{"environment": "production"`);
    await expect(bench.startGateway()).rejects.toThrow("state.json");
  });

  test("serves on when it cannot write its capture, and says so", async () => {
    await writeFile(join(bench.stateDir, "capture"), "a file where a folder should be");
    const gateway = await bench.startGateway();
    await applyState(gateway.adminUrl, state(1, 50));
    await using caller = createCaller(gateway.url);
    const answers = await inParallel(100, 8, (index) => caller.predict(`key-${index}`));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    await expect
      .poll(async () => (await readStats(gateway.adminUrl, ROLLOUT)).captureProblem, { timeout: 20_000 })
      .toContain("ENOTDIR");
  });
});
