import { Client } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SEARCH_ATTRIBUTES } from "../../src/domain/messages.ts";
import type { FreshTemporal } from "../support/temporal.ts";
import { freshTemporal } from "../support/temporal.ts";

describe("the Temporal server of a test run", () => {
  let temporal: FreshTemporal;
  beforeAll(async () => {
    temporal = await freshTemporal();
  });
  afterAll(() => temporal.close());

  test("takes runs with every one of our search attributes in a fresh namespace, and finds them by it", async () => {
    const { client } = temporal.environment;
    expect(client).toBeInstanceOf(Client);
    const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTES.map((name) => [name, ["x"]]));
    await client.workflow.start("nobody", { workflowId: "w", taskQueue: "q", searchAttributes });
    await expect
      .poll(async () => (await client.workflow.count("SlipwayTeam = 'x' AND SlipwayStage = 'x'")).count)
      .toBe(1);
  });
});
