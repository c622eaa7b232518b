import { writeFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "@temporalio/worker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startRelease } from "../../src/client.ts";
import { cli, startCli } from "../support/cli.ts";
import { scriptActivities, scriptedWorker } from "../support/scripted-activities.ts";
import { temporalCommand } from "../support/temporal-command.ts";
import { freshTemporal, type FreshTemporal } from "../support/temporal.ts";

let temporal: FreshTemporal;
let worker: Worker;
let running: Promise<void>;
let folder: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  temporal = await freshTemporal();
  worker = await scriptedWorker(temporal, scriptActivities(temporal).activities);
  running = worker.run();
  folder = await mkdtemp(join(tmpdir(), "slipway-cli-"));
  env = {
    SLIPWAY_HOME: folder,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    TEMPORAL_CONFIG_FILE: join(folder, "none.toml"),
  };
});
afterAll(async () => {
  worker.shutdown();
  await running;
  await temporal.close();
  await rm(folder, { recursive: true, force: true });
});

const slipway = (...args: string[]) => cli(args, { env });
const release = (id: string) => startRelease(temporal.environment.client, { pipeline: "demo" }, { releaseId: id });

/** Follows a release by the command line itself until it waits for approval. */
async function waiting(id: string) {
  const watch = startCli(["status", id, "--watch"], { env });
  await watch.printed(/waits: approval/u);
  return watch;
}

describe("a release seen and steered from the command line", () => {
  test("is watched to its end; an approval is answered, and Promoted ends with 0", async () => {
    await release("cli-1");
    const watch = await waiting("cli-1");
    const { stdout, exitCode } = await slipway("approve", "cli-1", "--by", "ana", "--reason", "better", "--json");
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ release: "cli-1", verdict: "approve", accepted: true });
    const ended = await watch.ended;
    expect(ended.stdout).toMatch(/Promoted {2}cli-1/u);
    expect(ended.exitCode).toBe(0);
  });

  test("that is rejected ends its watch with 8", async () => {
    await release("cli-2");
    const watch = await waiting("cli-2");
    expect(await slipway("reject", "cli-2", "--by", "ana", "--reason", "worse")).toMatchObject({ exitCode: 0 });
    const ended = await watch.ended;
    expect(ended.stdout).toMatch(/Rejected {2}cli-2/u);
    expect(ended.exitCode).toBe(8);
  });

  test("refuses an older request with 4 and the reason, and goes on waiting", async () => {
    await release("cli-3");
    const watch = await waiting("cli-3");
    const stale = ["--request-digest", `sha256:${"0".repeat(64)}`];
    const { stdout, exitCode } = await slipway("approve", "cli-3", "--by", "ana", ...stale);
    expect(exitCode).toBe(4);
    expect(stdout).toContain("denied");
    await slipway("abort", "cli-3", "--by", "ana");
    expect((await watch.ended).stdout).toMatch(/Aborted {2}cli-3/u);
  });

  test("takes an approval as a plain signal, in the name of this machine's account", async () => {
    await release("cli-4");
    const watch = await waiting("cli-4");
    const { stdout, stderr } = await slipway("approve", "cli-4", "--signal");
    expect(stdout).toContain("A signal brings no answer");
    expect(stderr).toMatch(/Deciding as .+@.+, the account on this machine/u);
    expect((await watch.ended).exitCode).toBe(0);
  });

  test("says why an action means nothing now", async () => {
    await release("cli-5");
    const watch = await waiting("cli-5");
    const { stdout, exitCode } = await slipway("resume", "cli-5", "--by", "ana");
    expect(exitCode).toBe(4);
    expect(stdout).toContain("no roll-out is in progress");
    await slipway("abort", "cli-5");
    await watch.ended;
  });

  test("lets go at Ctrl-C, says how to watch again, and goes on", async () => {
    await release("cli-6");
    const watch = await waiting("cli-6");
    watch.process.kill("SIGINT");
    const ended = await watch.ended;
    expect(ended.exitCode).toBe(130);
    expect(ended.stderr).toContain("slipway status cli-6 --watch");
    const { stdout } = await slipway("status", "cli-6", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ isOpen: true, status: { stage: "awaiting approval" } });
    await slipway("abort", "cli-6");
  });

  test("can no longer be decided when it has ended", async () => {
    const handle = await release("cli-7");
    await handle.cancel();
    await handle.result();
    const { stderr, exitCode } = await slipway("approve", "cli-7");
    expect(exitCode).toBe(4);
    expect(stderr).toContain("has ended");
  });

  test("that is unknown, or is no release, is told with 3", async () => {
    const client = temporal.environment.client;
    await client.workflow.start("endpoint", { workflowId: "no-release", taskQueue: "nobody", args: [{}] });
    expect(await slipway("status", "nobody-knows")).toMatchObject({ exitCode: 3 });
    const other = await slipway("approve", "no-release");
    expect(other.exitCode).toBe(3);
    expect(other.stderr).toContain("of type endpoint, not a release");
    await client.workflow.getHandle("no-release").terminate();
  });

  test("is audited from its history, and from an exported one without a server", async () => {
    const handle = await release("cli-8");
    const watch = await waiting("cli-8");
    await slipway("approve", "cli-8", "--by", "ana", "--reason", "better");
    await watch.ended;
    await handle.result();
    const live = JSON.parse((await slipway("audit", "cli-8", "--json")).stdout) as { acts: { what: string }[] };
    expect(live.acts.map(({ what }) => what)).toEqual(
      expect.arrayContaining(["started releaseModel", "asked for approval", "update decide", "ended: Promoted"]),
    );
    const file = join(folder, "history.json");
    await writeFile(file, await temporalCommand(temporal, "workflow", "show", "-w", "cli-8", "--output", "json"));
    const away = { ...env, TEMPORAL_ADDRESS: "127.0.0.1:9" };
    const exported = await cli(["audit", "cli-8", "--history", file, "--json"], { env: away });
    expect(exported.exitCode).toBe(0);
    expect(JSON.parse(exported.stdout)).toMatchObject({ compared: false, acts: live.acts });
    const other = await cli(["audit", "cli-1", "--history", file], { env: away });
    expect(other.stderr).toContain("is the history of cli-8, not of cli-1");
  });
});

describe("a release whose worker is away", () => {
  test("is still shown, and a decision says that nobody answered", async () => {
    const lonely = await freshTemporal();
    const there = { ...env, TEMPORAL_NAMESPACE: lonely.namespace };
    await startRelease(lonely.environment.client, { pipeline: "demo" }, { releaseId: "alone" });
    const shown = await cli(["status", "alone"], { env: there });
    expect(shown).toMatchObject({ exitCode: 0 });
    expect(shown.stdout).toContain("No worker answers now");
    const decided = await cli(["approve", "alone", "--by", "ana"], { env: there });
    expect(decided.exitCode).toBe(5);
    expect(decided.stderr).toContain("No worker answered in time");
    await lonely.close();
  });
});
