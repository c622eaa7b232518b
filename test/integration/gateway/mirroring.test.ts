import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TrafficState } from "../../../src/domain/traffic.ts";
import { bucketOf } from "../../../src/gateway/sticky-bucket.ts";
import { applyState, createCaller, inParallel, readStats, type Caller } from "./support/caller.ts";
import {
  createWorkbench,
  trafficState,
  type ModelServer,
  type RunningGateway,
  type Workbench,
} from "./support/processes.ts";

const ROLLOUT = "roll-out";
const PATIENCE = { timeout: 20_000 };

describe("mirroring", () => {
  let bench: Workbench;
  let gateway: RunningGateway;
  let champion: ModelServer;
  let candidate: ModelServer;
  let caller: Caller;

  beforeEach(async () => {
    bench = await createWorkbench();
    champion = await bench.startModelServer({ version: "champion", probability: 0.6 });
    candidate = await bench.startModelServer({ version: "candidate", probability: 0.9 });
    gateway = await bench.startGateway();
    caller = createCaller(gateway.url);
  });
  afterEach(async () => {
    await caller[Symbol.asyncDispose]();
    await bench[Symbol.asyncDispose]();
  });
  const apply = (state: Partial<TrafficState>) => {
    const arms = { champion: champion.arm, candidate: candidate.arm, rolloutId: ROLLOUT };
    const decision = { output: "probability", rule: { threshold: 0.5 } };
    const routingKey = { header: "x-person-id" };
    return applyState(gateway.adminUrl, trafficState({ ...arms, decision, routingKey, mirrorPercent: 100, ...state }));
  };
  const mirror = async () => (await readStats(gateway.adminUrl, ROLLOUT)).mirror;

  test("shows the candidate every request and the caller the champion's answers only; none is a unit of the candidate", async () => {
    await apply({});
    const answers = await inParallel(50, 8, (index) => caller.predict(`person-${index}`));
    expect(answers.every(({ status, version }) => status === 200 && version === "champion")).toBe(true);
    await expect.poll(mirror, PATIENCE).toMatchObject({ mirrored: 50, differed: 0, failed: 0, dropped: 0 });
    expect(await candidate.served()).toBe(50);
    expect((await readStats(gateway.adminUrl, ROLLOUT)).stages).toEqual([
      { stage: 0, championUnits: 50, championFailures: 0, candidateUnits: 0, candidateFailures: 0 },
    ]);
  });

  test("compares decisions where it can read them, so that another score is no difference", async () => {
    await apply({});
    await caller.predict("alike");
    await expect.poll(mirror, PATIENCE).toMatchObject({ mirrored: 1, differed: 0 });
    await candidate.behave({ probability: 0.4 });
    await caller.predict("different");
    await expect.poll(mirror, PATIENCE).toMatchObject({ mirrored: 2, differed: 1 });
  });

  test("compares bytes where no decision is read", async () => {
    await apply({ decision: { output: "elsewhere", rule: "value" } });
    await caller.predict("different");
    await expect.poll(mirror, PATIENCE).toMatchObject({ mirrored: 1, differed: 1 });
  });

  test("takes the share of keys asked for, stickily", async () => {
    await apply({ mirrorPercent: 30 });
    const keys = Array.from({ length: 60 }, (_, index) => `person-${index}`);
    await inParallel(keys.length, 8, (index) => caller.predict(keys[index]));
    const expected = keys.filter((key) => bucketOf(`mirror/${ROLLOUT}`, key) < 3_000).length;
    await expect.poll(mirror, PATIENCE).toMatchObject({ mirrored: expected });
    expect(await candidate.served()).toBe(expected);
  });

  test("never fails a real request, whatever the candidate does, and counts what it did", async () => {
    await candidate.behave({ mode: "destroy" });
    await apply({});
    expect((await caller.predict("a")).status).toBe(200);
    await candidate.behave({ mode: "status", status: 500 });
    expect((await caller.predict("b")).status).toBe(200);
    await expect.poll(mirror, PATIENCE).toMatchObject({ mirrored: 2, failed: 2 });
    expect((await readStats(gateway.adminUrl, ROLLOUT)).stages).toMatchObject([
      { championFailures: 0, candidateUnits: 0, candidateFailures: 0 },
    ]);
  });

  test("never slows a real request: a candidate that hangs is dropped once too many copies wait for it", async () => {
    await candidate.behave({ mode: "hang" });
    await apply({ timeoutMs: 60_000 });
    // Would a request wait for its copy, this would take a minute and fail.
    const answers = await inParallel(200, 16, (index) => caller.predict(`person-${index}`));
    expect(answers.every(({ status, version }) => status === 200 && version === "champion")).toBe(true);
    expect((await mirror()).dropped).toBe(200 - 64);
  });

  test("is written to the capture as what it is", async () => {
    await apply({});
    const { requestId } = await caller.predict("anna");
    const folder = join(bench.stateDir, "capture", "production", "employment");
    const records = async () => {
      const files = await readdir(folder).catch(() => []);
      const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
      const lines = texts.join("").split("\n").slice(0, -1);
      return lines.map((line) => JSON.parse(line) as object);
    };
    const common = { id: requestId, key: "anna", rolloutId: ROLLOUT, stage: 0, status: 200 };
    await expect.poll(records, PATIENCE).toMatchObject([
      {
        ...common,
        arm: "champion",
        served: "champion",
        version: "champion",
        rows: [{ row: 0, decision: 1, output: 0.6 }],
      },
      {
        ...common,
        arm: "candidate",
        version: "candidate",
        mirrored: true,
        rows: [{ row: 0, decision: 1, output: 0.9 }],
      },
    ]);
  });
});
