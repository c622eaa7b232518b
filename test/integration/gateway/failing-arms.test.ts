import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TrafficState } from "../../../src/domain/traffic.ts";
import { applyState, createCaller, inParallel, keepCalling, readStats, type Caller } from "./support/caller.ts";
import {
  createWorkbench,
  trafficState,
  type Behaviour,
  type ModelServer,
  type RunningGateway,
  type Workbench,
} from "./support/processes.ts";

const ROLLOUT = "roll-out";

/** The machine may be busy with other tests. */
const PATIENCE = { timeout: 20_000 };

describe("when an arm fails", () => {
  let bench: Workbench;
  let gateway: RunningGateway;
  let champion: ModelServer;
  let candidate: ModelServer;
  let caller: Caller;

  beforeEach(async () => {
    bench = await createWorkbench();
    champion = await bench.startModelServer({ version: "champion" });
    candidate = await bench.startModelServer({ version: "candidate" });
    gateway = await bench.startGateway();
    caller = createCaller(gateway.url);
  });
  afterEach(async () => {
    await caller[Symbol.asyncDispose]();
    await bench[Symbol.asyncDispose]();
  });
  const apply = (state: Partial<TrafficState>) => {
    const arms = { champion: champion.arm, candidate: candidate.arm, rolloutId: ROLLOUT };
    return applyState(gateway.adminUrl, trafficState({ ...arms, routingKey: { header: "x-person-id" }, ...state }));
  };
  const failures = async () => {
    const [stage] = (await readStats(gateway.adminUrl, ROLLOUT)).stages;
    return { champion: stage?.championFailures, candidate: stage?.candidateFailures };
  };

  test("a candidate killed under load costs no caller an error, and its keys count as its failures", async () => {
    await apply({ candidatePercent: 50 });
    const answers: { readonly key: string; readonly status: number; readonly version: string | undefined }[] = [];
    const load = keepCalling(16, async () => {
      const key = crypto.randomUUID();
      const { status, version } = await caller.predict(key);
      answers.push({ key, status, version });
    });
    await expect.poll(() => answers.length, PATIENCE).toBeGreaterThan(300);
    await candidate.kill();
    const killedAt = answers.length;
    await expect.poll(() => answers.length, PATIENCE).toBeGreaterThan(killedAt + 300);
    await load.stop();

    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const [stage] = (await readStats(gateway.adminUrl, ROLLOUT)).stages;
    expect((stage?.championUnits ?? 0) + (stage?.candidateUnits ?? 0)).toBe(answers.length);
    // A key whose candidate died was answered by the champion: assigned minus answered is what it failed.
    const answeredByCandidate = answers.filter(({ version }) => version === "candidate").length;
    expect(stage?.candidateFailures).toBe((stage?.candidateUnits ?? 0) - answeredByCandidate);
    expect(stage?.candidateFailures).toBeGreaterThan(50);
    expect(stage?.championFailures).toBe(0);
  });

  test.each<[string, Behaviour]>([
    ["answers 500", { mode: "status", status: 500 }],
    ["answers 503", { mode: "status", status: 503 }],
    ["cuts the connection", { mode: "destroy" }],
    ["cuts the connection midway through its answer", { mode: "cut" }],
    ["never answers", { mode: "hang" }],
  ])("the champion answers for a candidate that %s, and the candidate has failed", async (_, behaviour) => {
    await candidate.behave(behaviour);
    await apply({ candidatePercent: 100, timeoutMs: 1_000 });
    const answer = await caller.predict("anna");
    expect(answer).toMatchObject({ status: 200, version: "champion" });
    expect(await failures()).toEqual({ champion: 0, candidate: 1 });
    await caller.predict("anna");
    expect(await failures()).toEqual({ champion: 0, candidate: 1 });
    await caller.predict("berta");
    expect(await failures()).toEqual({ champion: 0, candidate: 2 });
  });

  test("a candidate's 4xx is an answer, not a failure", async () => {
    await candidate.behave({ mode: "status", status: 422 });
    await apply({ candidatePercent: 100 });
    expect(await caller.predict("anna")).toMatchObject({ status: 422, version: "candidate" });
    expect(await failures()).toEqual({ champion: 0, candidate: 0 });
  });

  test("the champion's own failures reach the caller and count as the champion's", async () => {
    await champion.behave({ mode: "status", status: 503 });
    await apply({});
    expect(await caller.predict("anna")).toMatchObject({ status: 503, version: "champion" });
    await champion.behave({ mode: "destroy" });
    expect(await caller.predict("berta")).toMatchObject({ status: 502 });
    await champion.behave({ mode: "hang" });
    await apply({ generation: 2, timeoutMs: 200 });
    const answer = await caller.predict("carla");
    expect(answer).toMatchObject({ status: 504, headers: { "content-type": "application/problem+json" } });
    expect(JSON.parse(answer.text)).toMatchObject({ code: "gateway.timeout", status: 504 });
    expect(await failures()).toEqual({ champion: 3, candidate: 0 });
  });

  test("an answer later than slowAfterMs is its arm's failure, though the caller gets it", async () => {
    await champion.behave({ delayMs: 1_300 });
    await apply({ candidatePercent: 50, slowAfterMs: 1_000 });
    const answers = await inParallel(40, 40, (index) => caller.predict(`person-${index}`));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const byChampion = answers.filter(({ version }) => version === "champion").length;
    expect(byChampion).toBeGreaterThan(5);
    expect(await failures()).toEqual({ champion: byChampion, candidate: 0 });
  });

  test("a request too long to keep is not sent twice: the caller hears of the candidate's failure", async () => {
    await candidate.behave({ mode: "status", status: 500 });
    await apply({ candidatePercent: 100 });
    const long = await caller.call({ method: "POST", path: "/infer", body: Buffer.alloc(1_100_000, "x") });
    expect(long.status).toBe(502);
    const short = await caller.call({ method: "POST", path: "/echo", body: Buffer.alloc(900_000, "x") });
    expect(short.status).toBe(200);
  });

  test("a caller who leaves is nobody's failure, unless the answer was late already", async () => {
    await candidate.behave({ mode: "hang" });
    await apply({ candidatePercent: 100 });
    await leave(gateway, 100);
    await expect.poll(() => inFlight(gateway), PATIENCE).toBe("0");
    expect(await failures()).toEqual({ champion: 0, candidate: 0 });
    await apply({ candidatePercent: 100, generation: 2, slowAfterMs: 50 });
    await leave(gateway, 150);
    await expect.poll(failures, PATIENCE).toEqual({ champion: 0, candidate: 1 });
  });

  test("an arm that is taken out finishes what it is answering", async () => {
    await champion.behave({ delayMs: 400 });
    await apply({});
    const slow = caller.predict("anna");
    await expect.poll(() => champion.served(), PATIENCE).toBe(1);
    const promoted = trafficState({ generation: 2, champion: candidate.arm });
    await applyState(gateway.adminUrl, promoted);
    expect((await caller.predict("anna")).version).toBe("candidate");
    expect(await slow).toMatchObject({ status: 200, version: "champion" });
  });

  test("the champion in force answers for a candidate that was promoted and taken out meanwhile", async () => {
    await candidate.behave({ mode: "hang" });
    await apply({ candidatePercent: 100, timeoutMs: 1_000 });
    const waiting = caller.predict("anna");
    await expect.poll(() => candidate.served(), PATIENCE).toBe(1);
    const next = await bench.startModelServer({ version: "next" });
    await applyState(gateway.adminUrl, trafficState({ generation: 2, champion: next.arm }));
    await champion.kill();
    expect(await waiting).toMatchObject({ status: 200, version: "next" });
  });

  test("without any arm the caller is told so", async () => {
    await applyState(gateway.adminUrl, trafficState({}));
    expect(await caller.predict("anna")).toMatchObject({ status: 503 });
    const unknown = createCaller(gateway.url, "/production/elsewhere");
    expect(JSON.parse((await unknown.predict("anna")).text)).toMatchObject({ code: "gateway.unknown-endpoint" });
    await unknown[Symbol.asyncDispose]();
  });
});

/** Calls the endpoint and goes away without waiting for the answer. */
async function leave(gateway: RunningGateway, afterMs: number): Promise<void> {
  const url = `${gateway.url}/production/employment/infer`;
  await expect(fetch(url, { signal: AbortSignal.timeout(afterMs) })).rejects.toThrow("timeout");
}

/** How many requests the candidate is answering. */
async function inFlight(gateway: RunningGateway): Promise<string | undefined> {
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  return /slipway_requests_in_flight\{.*version="candidate"\} (\d+)/u.exec(text)?.[1];
}
