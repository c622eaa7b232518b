import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { historyFromJSON } from "@temporalio/common/lib/proto-utils.js";
import { Worker } from "@temporalio/worker";
import { describe, expect, test } from "vitest";
import { SCENES } from "./scenes.ts";

const folder = new URL("histories/", import.meta.url);
const dist = new URL("../../dist/", import.meta.url);

async function frozen() {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".json")).toSorted();
  return Promise.all(
    files.map(async (file) => {
      const history = historyFromJSON(JSON.parse(await readFile(new URL(file, folder), "utf8")));
      const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
      // Ids of children are made from the id of the run, so that it must be the recorded one.
      return {
        workflowId: started?.workflowId ?? file,
        scene: file.replace(".json", ""),
        type: started?.workflowType?.name,
        history,
      };
    }),
  );
}

describe("the replay gate", () => {
  test("has a frozen history of every scene and of every workflow type", async () => {
    const histories = await frozen();
    const names = histories.map(({ scene }) => scene);
    for (const scene of Object.keys(SCENES)) expect(names).toContain(scene);
    const bundled = await readFile(new URL("workflows/index.js", dist), "utf8");
    const types = [...bundled.matchAll(/export \{ (\w+) \}/gu)].map(([, name]) => name);
    expect(types.length).toBeGreaterThan(0);
    expect(new Set(histories.map(({ type }) => type))).toEqual(new Set(types));
  });

  test("replays every frozen history against the built bundle", async () => {
    const histories = await frozen();
    const options = {
      workflowBundle: { codePath: fileURLToPath(new URL("workflow-bundle.js", dist)) },
      dataConverter: { payloadConverterPath: fileURLToPath(new URL("workflows/payload-converter.js", dist)) },
    };
    const failures: string[] = [];
    let replayed = 0;
    for await (const { workflowId, error } of Worker.runReplayHistories(options, histories)) {
      replayed += 1;
      if (error !== undefined) failures.push(`${workflowId}: ${error.message}`);
    }
    expect(failures).toEqual([]);
    expect(replayed).toBe(histories.length);
  });
});
