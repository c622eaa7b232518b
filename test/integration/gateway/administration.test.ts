import { get } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { applyState, createCaller } from "./support/caller.ts";
import { createWorkbench, trafficState, type RunningGateway, type Workbench } from "./support/processes.ts";

const arm = { modelVersion: "employment@1.0.0", address: "http://127.0.0.1:9" };

describe("the gateway's admin server", () => {
  let bench: Workbench;
  let gateway: RunningGateway;

  beforeAll(async () => {
    bench = await createWorkbench();
    gateway = await bench.startGateway();
  });
  afterAll(() => bench[Symbol.asyncDispose]());
  const put = (path: string, body: string) => fetch(gateway.adminUrl + path, { method: "PUT", body });

  test("refuses an older generation, and another state of the same one", async () => {
    const state = trafficState({ endpoint: "ordered", generation: 5, champion: arm });
    expect((await applyState(gateway.adminUrl, state)).status).toBe(200);
    expect((await applyState(gateway.adminUrl, state)).status).toBe(200);
    for (const late of [
      { ...state, generation: 4 },
      { ...state, mirrorPercent: 1 },
    ]) {
      const response = await applyState(gateway.adminUrl, late);
      expect(response.status).toBe(409);
      expect(await response.json()).toMatchObject({ code: "registry.conflict", status: 409 });
    }
    expect(await (await fetch(`${gateway.adminUrl}/endpoints/production/ordered`)).json()).toEqual(state);
  });

  test.each([
    ["candidatePercent", { candidatePercent: 101, candidate: arm }],
    ["candidatePercent", { candidatePercent: -1, candidate: arm }],
    ["candidatePercent", { candidatePercent: 5 }],
    ["mirrorPercent", { mirrorPercent: "all" }],
    ["generation", { generation: 1.5 }],
    ["stage", { stage: -1 }],
    ["timeoutMs", { timeoutMs: 0 }],
    ["champion.address", { champion: { modelVersion: "a", address: "ftp://x" } }],
    ["champion.modelVersion", { champion: { modelVersion: "a\r\nx-forged: 1", address: "http://127.0.0.1:1" } }],
    ["decision.rule", { decision: { output: "p", rule: "guess" } }],
    ["routingKey", { routingKey: { cookie: "a" } }],
    ["", { unknown: 1 }],
  ])("refuses a state whose %s is wrong, and says where: %j", async (path, wrong) => {
    const state = { ...trafficState({ champion: arm }), ...wrong };
    const response = await put("/endpoints/production/employment", JSON.stringify(state));
    expect(response.status).toBe(422);
    const problem = (await response.json()) as { readonly problems: readonly { readonly path: string }[] };
    expect(problem).toMatchObject({ code: "input.invalid" });
    expect(problem.problems.map((one) => one.path)).toContain(path);
    expect((await fetch(`${gateway.adminUrl}/endpoints/production/employment`)).status).toBe(404);
  });

  test("tells all problems at once", async () => {
    const response = await put("/endpoints/production/employment", `{"environment": "../../etc", "stage": "one"}`);
    const { problems } = (await response.json()) as { readonly problems: readonly { readonly path: string }[] };
    const paths = problems.map(({ path }) => path);
    for (const path of ["environment", "endpoint", "generation", "candidatePercent", "stage", "timeoutMs"]) {
      expect(paths).toContain(path);
    }
  });

  test.each([
    ["what is no JSON", "/endpoints/production/employment", "{"],
    ["a state of another endpoint", "/endpoints/production/other", JSON.stringify(trafficState({}))],
  ])("refuses %s", async (_, path, body) => {
    const response = await put(path, body);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: "input.invalid" });
  });

  test("forgets an endpoint that is removed, also one it does not know", async () => {
    await applyState(gateway.adminUrl, trafficState({ endpoint: "passing", champion: arm }));
    const url = `${gateway.adminUrl}/endpoints/production/passing`;
    expect((await fetch(url, { method: "DELETE" })).status).toBe(204);
    expect((await fetch(url, { method: "DELETE" })).status).toBe(204);
    expect((await fetch(url)).status).toBe(404);
    await using caller = createCaller(gateway.url, "/production/passing");
    expect((await caller.predict()).status).toBe(404);
  });

  test("lists what is in force", async () => {
    const state = trafficState({ endpoint: "listed", champion: arm });
    await applyState(gateway.adminUrl, state);
    const { endpoints } = (await (await fetch(`${gateway.adminUrl}/endpoints`)).json()) as { endpoints: unknown[] };
    expect(endpoints).toContainEqual(state);
  });

  test("takes no orders under a foreign host name, as a page in a browser would give", async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { host: "attacker.example" };
      get(`${gateway.adminUrl}/endpoints`, { headers }, (response) => {
        resolve(response.resume().statusCode);
      }).on("error", reject);
    });
    expect(status).toBe(403);
  });

  test("shows counters and latencies of each version to Prometheus", async () => {
    const server = await bench.startModelServer({ version: "employment@3.0.0" });
    await applyState(gateway.adminUrl, trafficState({ endpoint: "measured", champion: server.arm }));
    await using caller = createCaller(gateway.url, "/production/measured");
    for (let call = 0; call < 3; call += 1) await caller.predict();
    const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    const labels = `environment="production",endpoint="measured",version="employment@3.0.0"`;
    expect(text).toContain(`slipway_requests_total{${labels},arm="champion",code="200"} 3`);
    expect(text).toContain(`slipway_request_duration_seconds_count{${labels}} 3`);
    expect(text).toContain(`slipway_request_duration_seconds_bucket{le="+Inf",${labels}} 3`);
    expect(text).toContain("# TYPE slipway_request_duration_seconds histogram");
  });
});
