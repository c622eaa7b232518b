import type { WorkflowHandle } from "@temporalio/client";
import type { Worker } from "@temporalio/worker";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ReleaseWorkflow } from "../../src/client.ts";
import { approve, decide, startRelease, status } from "../../src/client.ts";
import type { DecideAnswer } from "../../src/domain/messages.ts";
import type { Decision, ReleaseStatus } from "../../src/domain/release.ts";
import { scriptActivities, scriptedWorker } from "../support/scripted-activities.ts";
import { temporalCommand } from "../support/temporal-command.ts";
import type { FreshTemporal } from "../support/temporal.ts";
import { freshTemporal } from "../support/temporal.ts";

let temporal: FreshTemporal;
let worker: Worker;
let running: Promise<void>;
let handle: WorkflowHandle<ReleaseWorkflow>;
let count = 0;
let recorded: readonly Decision[] = [];

beforeAll(async () => {
  temporal = await freshTemporal();
  const script = scriptActivities(temporal, {
    recordDecisions: async ({ state, decisions }) => {
      recorded = decisions;
      return { message: state };
    },
  });
  worker = await scriptedWorker(temporal, script.activities);
  running = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await running;
  await temporal.close();
});
beforeEach(async () => {
  count += 1;
  handle = await startRelease(temporal.environment.client, { pipeline: "demo" }, { releaseId: `msg-${count}` });
  await until((now) => now.approval !== undefined);
});

async function until(holds: (now: ReleaseStatus) => boolean): Promise<ReleaseStatus> {
  return vi.waitFor(
    async () => {
      const now = await handle.query(status);
      if (!holds(now)) throw new Error(`still ${JSON.stringify(now)}`);
      return now;
    },
    { timeout: 30_000, interval: 50 },
  );
}

const signal = (name: string, ...input: readonly string[]) =>
  temporalCommand(temporal, "workflow", "signal", "--workflow-id", handle.workflowId, "--name", name, ...input);
const refused = async (code: string, many = 1) => {
  const now = await until((found) => found.refusalCount >= many);
  expect(now.refusals.at(-1)).toMatchObject({ code });
  expect(now.stage).toBe("awaiting approval");
};

describe("the plain Temporal CLI", () => {
  test("approves without a payload, in the name of the event's sender, marked as unverified", async () => {
    await signal("approve", "--identity", "ana@laptop");
    expect(await handle.result()).toMatchObject({ outcome: "Promoted" });
    expect(recorded).toMatchObject([{ by: "unverified:ana@laptop", assurance: "signal", verdict: "approve" }]);
  });

  test("approves with a JSON string, which is the reason", async () => {
    await signal("approve", "--input", '"looks good"', "--identity", "ana@laptop");
    await handle.result();
    expect(recorded).toMatchObject([{ reason: "looks good", by: "unverified:ana@laptop" }]);
  });

  test("approves with an object, in the name it gives", async () => {
    await signal("approve", "--input", '{"by":"ana@example.org","reason":"ok"}');
    await handle.result();
    expect(recorded).toMatchObject([{ by: "ana@example.org", reason: "ok" }]);
  });

  test("rejects", async () => {
    await signal("reject", "--input", '{"by":"bo@example.org"}');
    expect(await handle.result()).toMatchObject({ outcome: "Rejected" });
  });

  test("never wedges a release with json/protobuf, and never approves it by mistake", async () => {
    await signal("approve", "--input", '{"by":"ana"}', "--input-meta", "encoding=json/protobuf");
    await refused("malformed");
    await signal("approve", "--input", '{"by":"ana"}');
    expect(await handle.result()).toMatchObject({ outcome: "Promoted" });
  });

  test.each([
    ["a number", "7"],
    ["an array", '["ana"]'],
    ["true", "true"],
    ["no `by`", '{"reason":"x"}'],
    ["a misspelt field", '{"by":"ana","requestdigest":"x"}'],
    ["a `by` of another type", '{"by":{"name":"ana"}}'],
  ])("is refused with %s", async (_, input) => {
    await signal("approve", "--input", input);
    await refused("malformed");
    await handle.terminate();
  });

  test("is refused when bound to an older request", async () => {
    await signal("approve", "--input", '{"by":"ana","requestDigest":"sha256:0000"}');
    await refused("stale");
    await handle.terminate();
  });

  test("cannot let the requester approve", async () => {
    await signal("approve", "--input", '{"by":"rita@example.org"}');
    await refused("not-allowed");
    await signal("approve", "--identity", "Rita@example.org");
    await refused("not-allowed", 2);
    await handle.terminate();
  });

  test("is refused for payloads over 16 KiB", async () => {
    await signal("approve", "--input", JSON.stringify({ by: "ana", reason: "x".repeat(20_000) }));
    await refused("too-large");
    await handle.terminate();
  });

  test("hears that a finished release takes no more signals", async () => {
    await signal("approve", "--input", '{"by":"ana"}');
    await handle.result();
    await expect(signal("approve")).rejects.toThrow(/not found|completed/iu);
  });
});

describe("a release that waits for approval", () => {
  test("survives malformed JSON, which only a raw client can send", async () => {
    const { connection } = temporal.environment;
    const send = (data: string, encoding: string) =>
      connection.workflowService.signalWorkflowExecution({
        namespace: temporal.namespace,
        workflowExecution: { workflowId: handle.workflowId },
        signalName: "approve",
        identity: "raw",
        input: { payloads: [{ metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data) }] },
      });
    await send("{oops", "json/plain");
    await send('{"by":"x"}', "no/such-encoding");
    await send("\u0000\u0001", "binary/protobuf");
    await refused("malformed", 3);
    await handle.signal(approve, { by: "ana" });
    expect(await handle.result()).toMatchObject({ outcome: "Promoted" });
  });

  test("takes a thousand signals, counts them all, keeps the last fifty and still decides", async () => {
    const bad = { by: "mallory", requestDigest: "sha256:0000" };
    for (let sent = 0; sent < 1_000; sent += 50) {
      await Promise.all(Array.from({ length: 50 }, () => handle.signal(approve, bad)));
    }
    const now = await until((found) => found.refusalCount === 1_000);
    expect(now.refusals).toHaveLength(50);
    await handle.signal(approve, { by: "ana" });
    expect(await handle.result()).toMatchObject({ outcome: "Promoted" });
  });

  test("counts a decision once, however often it is sent", async () => {
    const once = { verdict: "approve" as const, by: "ana", decisionId: "d-1" };
    const first = await handle.executeUpdate(decide, { args: [once], updateId: "u1" });
    expect(first).toMatchObject({ accepted: true });
    await handle.signal(approve, { by: "ana", decisionId: "d-1" }).catch(() => undefined);
    await handle.result();
    expect(recorded).toHaveLength(1);
  });

  test("answers the update with the reason of a refusal, and keeps it in its history", async () => {
    const answer = await handle.executeUpdate(decide, { args: [{ verdict: "approve", by: "rita@example.org" }] });
    expect(answer).toMatchObject({ accepted: false, reason: expect.stringContaining("may not approve") });
    const history = await handle.fetchHistory();
    expect(history.events?.some((event) => event.workflowExecutionUpdateCompletedEventAttributes)).toBe(true);
    await refused("not-allowed");
    await handle.terminate();
  });

  test.each([[undefined], ["yes"], [7], [{ by: "ana" }], [{ verdict: "maybe", by: "ana" }], [{ verdict: "approve" }]])(
    "denies the update %j without wedging",
    async (argument) => {
      const args = argument === undefined ? [] : [argument];
      const answer = await handle.executeUpdate<DecideAnswer, [unknown]>("decide", { args: args as [unknown] });
      expect(answer).toMatchObject({ accepted: false });
      await refused("malformed");
      await handle.terminate();
    },
  );

  test("refuses actions that need a roll-out", async () => {
    for (const name of ["pause", "resume", "promote"]) await signal(name);
    await refused("not-open", 3);
    await signal("abort", "--input", '{"by":7}');
    await refused("malformed", 4);
    await signal("abort", "--input", '"enough"');
    expect(await handle.result()).toMatchObject({ outcome: "Aborted", message: "aborted by someone: enough" });
  });

  test("never keeps what came before a request was open", async () => {
    const early = await startRelease(
      temporal.environment.client,
      { pipeline: "demo" },
      { releaseId: `early-${count}` },
    );
    await early.signal(approve, { by: "ana" });
    await vi.waitFor(async () => expect((await early.query(status)).stage).toBe("awaiting approval"), {
      timeout: 20_000,
    });
    const now = await early.query(status);
    expect(now.refusals).toMatchObject([{ code: "not-open" }]);
    await early.terminate();
    await handle.terminate();
  });
});
