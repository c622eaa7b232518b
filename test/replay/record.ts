// Records the frozen histories anew: `npm run record-histories`. Only for a change of the workflows that is meant to end
// the support of older ones; the gate exists to show what a change does to releases that are open.
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { TestWorkflowEnvironment } from "@temporalio/testing";
import { startRelease } from "../../src/client.ts";
import { endpointWorkflowId, rolloutWorkflowId } from "../../src/domain/messages.ts";
import { choosePort } from "../../src/workers/embedded/ports.ts";
import { stopProcess } from "../../src/workers/embedded/process-stop.ts";
import { findTemporalCli } from "../../src/workers/embedded/temporal-cli.ts";
import { startTemporalServer } from "../../src/workers/embedded/temporal-server.ts";
import { scriptActivities, scriptedWorker } from "../support/scripted-activities.ts";
import { SCENES } from "./scenes.ts";

const folder = fileURLToPath(new URL("histories/", import.meta.url));
const home = await mkdtemp(join(tmpdir(), "slipway-histories-"));
const report = (line: string) => process.stderr.write(`${line}\n`);
const { path: cli } = await findTemporalCli({
  toolsDir: resolve(".slipway/tools"),
  configured: undefined,
  environment: process.env,
  report,
});
const { port } = await choosePort([37_233]);
const { port: uiPort } = await choosePort([38_233], [port]);
const signal = new AbortController().signal;
const server = await startTemporalServer({ cli, home, port, uiPort, environment: process.env, signal });
try {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const address = `127.0.0.1:${port}`;
  const environment = await TestWorkflowEnvironment.createFromExistingServer({ address, namespace: "default" });
  const temporal = { environment, address, namespace: "default", cli, close: () => environment.teardown() };
  for (const [name, scene] of Object.entries(SCENES)) {
    const script = scriptActivities(temporal, scene.replace);
    const worker = await scriptedWorker(temporal, script.activities);
    const releaseId = `${name}-${randomUUID().slice(0, 8)}`;
    await worker.runUntil(async () => {
      const handle = await startRelease(environment.client, { pipeline: "demo" }, { releaseId });
      await scene.act(handle, script);
      report(`${name}: ${(await handle.result()).outcome}`);
    });
    await keep(releaseId, name);
    await keep(rolloutWorkflowId(releaseId, "production", 1), `${name}.roll-out`);
  }
  await keep(endpointWorkflowId("production", "demo"), "endpoint");
  await temporal.close();

  async function keep(workflowId: string, file: string): Promise<void> {
    const history = await environment.client.workflow
      .getHandle(workflowId)
      .fetchHistory()
      .catch(() => undefined);
    if (history !== undefined) await writeFile(join(folder, `${file}.json`), `${historyToJSON(history)}\n`);
  }
} finally {
  await stopProcess(server, "SIGTERM", 10_000);
  await rm(home, { recursive: true, force: true });
}
