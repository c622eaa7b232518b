import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { choosePort } from "../../src/workers/embedded/ports.ts";
import { stopProcess } from "../../src/workers/embedded/process-stop.ts";
import { findTemporalCli } from "../../src/workers/embedded/temporal-cli.ts";
import { startTemporalServer } from "../../src/workers/embedded/temporal-server.ts";

declare module "vitest" {
  // eslint-disable-next-line typescript/consistent-type-definitions -- vitest's interface is extended, not replaced
  export interface ProvidedContext {
    /** host:port of the Temporal server that all files of a run share. */
    temporalAddress: string;
    temporalCli: string;
  }
}

/** Before the first integration test: dist is that of these sources, and one Temporal server in memory runs. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const built = spawnSync(process.execPath, ["scripts/setup.mjs", "--even-with-type-errors"], { stdio: "inherit" });
  if (built.status !== 0) throw new Error("the tests need a build: see the messages above");
  const { path: cli } = await findTemporalCli({
    configured: process.env["SLIPWAY_TEMPORAL_CLI"],
    toolsDir: resolve(".slipway/tools"),
    environment: process.env,
    report: (message) => process.stderr.write(`${message}\n`),
  });
  const home = await mkdtemp(join(tmpdir(), "slipway-temporal-"));
  const { port } = await choosePort([17_233]);
  const { port: uiPort } = await choosePort([18_233], [port]);
  const never = new AbortController().signal;
  const server = await startTemporalServer({ cli, home, port, uiPort, environment: process.env, signal: never });
  project.provide("temporalAddress", `127.0.0.1:${port}`);
  project.provide("temporalCli", cli);
  return async () => {
    await stopProcess(server, "SIGTERM", 10_000);
    await rm(home, { recursive: true, force: true });
  };
}
