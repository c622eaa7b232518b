import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Json } from "../../src/domain/json.ts";
import type { ReleaseStage } from "../../src/domain/release.ts";
import { temporalCommand } from "../support/temporal-command.ts";
import type { ReleaseWorld } from "../support/release-world.ts";
import { evidenceOf, releaseWorld } from "../support/release-world.ts";
import { inject } from "vitest";

let world: ReleaseWorld;

beforeAll(async () => {
  world = await releaseWorld();
});
afterAll(() => world?.dispose());

/** Long enough that something can be killed in the middle. */
const SLOW = { "train.parameters.steps": 4_000 };
const SLOW_STAGES: Partial<Record<ReleaseStage, Readonly<Record<string, Json>>>> = {
  training: SLOW,
  evaluating: { "evaluate.command": ["sh", "-c", "sleep 3; exec python3 evaluate.py"] },
};

const ORDER: readonly ReleaseStage[] = [
  "planning",
  "validating data",
  "training",
  "evaluating",
  "packaging",
  "awaiting approval",
  "rolling out",
  "closed",
];
/** A short stage may be over before it is seen. */
const hasReached = (now: ReleaseStage, stage: ReleaseStage) => ORDER.indexOf(now) >= ORDER.indexOf(stage);

describe("a release on the whole stack", () => {
  test("is started and approved by the plain Temporal CLI, and leaves its evidence", { timeout: 180_000 }, async () => {
    const address = (world.client.connection as unknown as { options: { address: string } }).options.address;
    const temporal = { address, namespace: "default", cli: inject("temporalCli") };
    const input = JSON.stringify({ pipeline: "deliveries" });
    await temporalCommand(
      temporal,
      "workflow",
      "start",
      "--type",
      "releaseModel",
      "--task-queue",
      "slipway",
      "--workflow-id",
      "first",
      "--input",
      input,
    );
    const release = world.client.workflow.getHandle("first");
    await world.until(release as never, (now) => now.approval !== undefined);
    await temporalCommand(
      temporal,
      "workflow",
      "signal",
      "--workflow-id",
      "first",
      "--name",
      "approve",
      "--identity",
      "ana@laptop",
    );
    expect(await release.result()).toMatchObject({ outcome: "Promoted", version: "1.0.0" });
    const decisions = await evidenceOf(world, "first", "decisions.json");
    expect(decisions).toMatchObject([{ by: "unverified:ana@laptop", verdict: "approve" }]);
    const history = (await evidenceOf(world, "first", "history.json")) as { events: unknown[] };
    expect(history.events.length).toBeGreaterThan(50);
  });

  test.each<ReleaseStage>(["validating data", "training", "evaluating", "awaiting approval", "rolling out"])(
    "goes on when its worker is killed while %s, without restarting a job",
    { timeout: 180_000 },
    async (stage) => {
      const release = await world.start(`killed-${stage.replaceAll(" ", "-")}`, SLOW_STAGES[stage]);
      if (stage === "rolling out") await world.approve(release);
      await world.until(release, (now) => hasReached(now.stage, stage));
      const pid = world.kill("worker");
      await world.restarted("worker", pid);
      if (stage !== "rolling out") await world.approve(release);
      expect(await release.result()).toMatchObject({ outcome: "Promoted" });
      const attempts = (await evidenceOf(world, release.workflowId, "attempts.json")) as {
        job: string;
        attempt: number;
      }[];
      expect(attempts.map(({ attempt }) => attempt)).toEqual(attempts.map(() => 1));
    },
  );

  test.each(["temporal", "postgres", "gateway"] as const)(
    "goes on when %s is killed during the training, and again during the roll-out",
    { timeout: 240_000 },
    async (part) => {
      const release = await world.start(`without-${part}`, SLOW);
      await world.until(release, (now) => now.stage === "training");
      await world.restarted(part, world.kill(part));
      await world.approve(release);
      await world.until(release, (now) => hasReached(now.stage, "rolling out"));
      await world.restarted(part, world.kill(part));
      expect(await release.result()).toMatchObject({ outcome: "Promoted" });
    },
  );

  test("of two at once, the second is evaluated again against the new champion", { timeout: 240_000 }, async () => {
    const first = await world.start("twin-1");
    const second = await world.start("twin-2");
    await world.until(first, (now) => now.approval !== undefined);
    await world.until(second, (now) => now.approval !== undefined);
    await world.approve(first);
    expect(await first.result()).toMatchObject({ outcome: "Promoted" });
    await world.approve(second);
    const again = await world.until(second, (now) => now.approval?.request.round === 2);
    expect(again.approval?.decisions).toEqual([]);
    await world.approve(second);
    expect(await second.result()).toMatchObject({ outcome: "Promoted" });
  });

  test("aborted in its training stops the job at once", { timeout: 120_000 }, async () => {
    const release = await world.start("called-off", { "train.parameters.steps": 400_000 });
    await world.until(release, (now) => now.stage === "training");
    await sleep(1_000);
    await release.cancel();
    expect(await release.result()).toMatchObject({ outcome: "Aborted" });
  });

  test("terminated without a word is closed in the registry and its job is stopped", { timeout: 120_000 }, async () => {
    const release = await world.start("cut-off", { "train.parameters.steps": 400_000 });
    await world.until(release, (now) => now.stage === "training");
    await release.terminate("test");
    const history = (await evidenceOf(world, "cut-off", "history.json")) as { events: { eventType: string }[] };
    expect(history.events.at(-1)?.eventType).toContain("TERMINATED");
  });
});

describe("what a release refuses", () => {
  test.each([
    ["an unknown pipeline", { pipeline: "nothing" }, "pipeline.not-found", "slipway register"],
    ["no input", null, "input.invalid", "the input is missing"],
    ["a misspelt field", { pipline: "deliveries" }, "input.invalid", "pipeline"],
    [
      "a bad change",
      { pipeline: "deliveries", set: { "train.command": 7, "evaluate.data": "nope" } },
      "spec.invalid",
      "train.command",
    ],
  ] as const)("%s ends it at once with the list of problems", async (_, input, code, words) => {
    const handle = await world.client.workflow.start("releaseModel", {
      taskQueue: "slipway",
      workflowId: `refused-${code}-${words.length}`,
      args: [input],
    });
    const error = (await handle.result().catch((thrown: unknown) => thrown)) as {
      cause: { type: string; message: string };
    };
    expect(error.cause.type).toBe(code);
    expect(error.cause.message).toContain(words);
  });

  test("data that breaks its contract, before anything is trained", { timeout: 120_000 }, async () => {
    const release = await world.start("no-data", {
      "data.train.files": "data/holdout.csv",
      "evaluate.gates": [{ name: "g", metric: "accuracy", value: { lowerBound: 0.999 } }],
    });
    expect(await release.result()).toMatchObject({
      outcome: "GateFailed",
      message: expect.stringContaining("accuracy"),
    });
  });

  test.each([
    ["exits 0 and writes nothing", ["true"], "userError"],
    ["crashes", ["python3", "-c", "raise SystemExit(3)"], "userError"],
    ["is not there", ["no-such-program"], "misconfigured"],
  ] as const)("a training that %s", { timeout: 120_000 }, async (_, command, failureClass) => {
    const release = await world.start(`bad-training-${failureClass}-${command.length}`, {
      "train.command": [...command],
    });
    expect(await release.result()).toMatchObject({
      outcome: "JobFailed",
      message: expect.stringContaining(failureClass),
    });
  });
});
