import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { applyState, createCaller, keepCalling, type Caller } from "./support/caller.ts";
import { createWorkbench, trafficState, type RunningGateway, type Workbench } from "./support/processes.ts";

describe("labels sent to the gateway", () => {
  let bench: Workbench;
  let gateway: RunningGateway;
  let caller: Caller;

  beforeAll(async () => {
    bench = await createWorkbench();
    gateway = await bench.startGateway();
    caller = createCaller(gateway.url);
    await applyState(gateway.adminUrl, trafficState({}));
  });
  afterAll(async () => {
    await caller[Symbol.asyncDispose]();
    await bench[Symbol.asyncDispose]();
  });
  const kept = async (...place: readonly string[]) => {
    const folder = join(bench.stateDir, "labels", ...place);
    const texts = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), "utf8")));
    return texts.flatMap((text) => text.split("\n").slice(0, -1)).map((line) => JSON.parse(line) as object);
  };

  test("are on the disk when they are answered, good lines beside bad ones that are named", async () => {
    const lines = [
      `{"id": "a", "label": 1}`,
      `{"id": "b"}`,
      "",
      `{"id": "c", "label": true, "row": 2, "at": "2026-03-01T00:00:00Z"}`,
      "nonsense",
    ];
    const answer = await caller.label(lines.join("\n"));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual({
      accepted: 2,
      refused: 2,
      refusals: [
        { line: 2, message: expect.stringContaining("label") },
        { line: 5, message: expect.stringContaining("is not JSON") },
      ],
    });
    expect(await kept("production", "employment")).toMatchObject([
      { id: "a", row: 0, label: 1, receivedAtMs: expect.any(Number) },
      { id: "c", row: 2, label: true, at: "2026-03-01T00:00:00Z" },
    ]);
  });

  test("are taken without naming an endpoint too", async () => {
    const answer = await caller.label(`{"id": "everywhere", "label": "yes"}\n`, "/v1/labels");
    expect(JSON.parse(answer.text)).toEqual({ accepted: 1, refused: 0, refusals: [] });
    expect(await kept("_", "_")).toMatchObject([{ id: "everywhere", label: "yes" }]);
  });

  test("are refused as a whole when no line is good", async () => {
    expect((await caller.label("{}\n[]")).status).toBe(422);
  });

  test("are refused unread when there are too many for one request", async () => {
    const line = `{"id": "a", "label": "${"x".repeat(900)}"}\n`;
    const answer = await caller.label(line.repeat(19_000));
    expect(answer.status).toBe(413);
  });

  test("for an endpoint that is not there are refused", async () => {
    expect((await caller.label(`{"id": "a", "label": 1}`, "/production/elsewhere/v1/labels")).status).toBe(404);
  });

  test("in great number do not keep requests waiting", async () => {
    const lines = Array.from({ length: 100_000 }, (_, index) => `{"id": "bulk-${index}", "label": 1}`).join("\n");
    let answersMeanwhile = 0;
    const load = keepCalling(1, async () => {
      await caller.predict();
      answersMeanwhile += 1;
    });
    const answer = await caller.label(lines);
    const answersUntilThen = answersMeanwhile;
    await load.stop();
    expect(JSON.parse(answer.text)).toMatchObject({ accepted: 100_000, refused: 0 });
    expect(answersUntilThen).toBeGreaterThan(5);
  });
});
