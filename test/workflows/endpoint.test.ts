import type { Worker } from "@temporalio/worker";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { approve, startRelease, status } from "../../src/client.ts";
import type { Activities } from "../../src/activities/index.ts";
import type { RollbackAnswer } from "../../src/domain/messages.ts";
import { endpointWorkflowId } from "../../src/domain/messages.ts";
import type { Script } from "../support/scripted-activities.ts";
import { scriptActivities, scriptedWorker, untilCancelled } from "../support/scripted-activities.ts";
import type { FreshTemporal } from "../support/temporal.ts";
import { freshTemporal } from "../support/temporal.ts";

let temporal: FreshTemporal;
let worker: Worker;
let running: Promise<void>;
let script: Script;
let watchStage: Activities["watchStage"] = untilCancelled;

beforeAll(async () => {
  temporal = await freshTemporal();
  script = scriptActivities(temporal, { watchStage: (watch) => watchStage(watch) });
  worker = await scriptedWorker(temporal, script.activities);
  running = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await running;
  await temporal.close();
});

const client = () => temporal.environment.client;
const endpoint = () => client().workflow.getHandle(endpointWorkflowId("production", "demo"));
const watched = () =>
  script.calls.filter((call) => call.name === "watchStage").map((call) => (call.input as { release: string }).release);

async function rollingOut(releaseId: string) {
  const handle = await startRelease(client(), { pipeline: "demo" }, { releaseId });
  await vi.waitFor(async () => expect((await handle.query(status)).approval).toBeDefined(), { timeout: 20_000 });
  await handle.signal(approve, { by: "ana" });
  return handle;
}

describe("an endpoint", () => {
  test("is granted to one roll-out at a time, in order of asking", async () => {
    const first = await rollingOut("one");
    await vi.waitFor(() => expect(watched()).toContain("one"), { timeout: 20_000 });
    const second = await rollingOut("two");
    await vi.waitFor(async () => expect((await second.query(status)).stage).toBe("rolling out"), { timeout: 20_000 });
    expect(watched()).not.toContain("two");
    watchStage = async () => ({ next: "advance", proven: true, reason: "safe", message: "safe" });
    await first.cancel();
    expect(await first.result()).toMatchObject({ outcome: "Aborted" });
    expect(await second.result()).toMatchObject({ outcome: "Promoted" });
    watchStage = untilCancelled;
  });

  test("passes over a roll-out that no longer runs", async () => {
    const first = await rollingOut("three");
    await vi.waitFor(() => expect(watched()).toContain("three"), { timeout: 20_000 });
    const gone = await rollingOut("four");
    await vi.waitFor(async () => expect((await gone.query(status)).stage).toBe("rolling out"), { timeout: 20_000 });
    const third = await rollingOut("five");
    await vi.waitFor(async () => expect((await third.query(status)).stage).toBe("rolling out"), { timeout: 20_000 });
    await client().workflow.getHandle("four/rollout/production/1").terminate();
    await gone.terminate();
    watchStage = async () => ({ next: "advance", proven: true, reason: "safe", message: "safe" });
    await first.cancel();
    expect(await third.result()).toMatchObject({ outcome: "Promoted" });
    watchStage = untilCancelled;
  });

  test("calls the roll-out in progress off before it serves an earlier version on a person's word", async () => {
    const handle = await rollingOut("six");
    await vi.waitFor(() => expect(watched()).toContain("six"), { timeout: 20_000 });
    const answer = await endpoint().executeUpdate("rollback", { args: [{ to: "1.0.0", by: "ana" }] });
    expect(answer).toEqual({ accepted: true, reason: "1.0.0 serves again" });
    expect(await handle.result()).toMatchObject({ outcome: "Aborted" });
    const names = script.calls.map((call) => call.name);
    expect(names.lastIndexOf("rollBack")).toBeLessThan(names.lastIndexOf("serveVersion"));
  });

  test("denies a rollback it cannot understand", async () => {
    for (const args of [[], [7], [{ to: "1.0.0" }], [{ by: "ana" }], ["1.0.0"]]) {
      expect(
        await endpoint().executeUpdate<RollbackAnswer, [unknown]>("rollback", { args: args as [unknown] }),
      ).toMatchObject({ accepted: false });
    }
  });
});
