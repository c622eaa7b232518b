import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Client, Connection } from "@temporalio/client";
import { createFileStore } from "../../src/artifacts/file-store.ts";
import { openDatabase } from "../../src/registry/database.ts";
import { withoutForeignSettings } from "../../src/workers/embedded/part-environment.ts";
import { findTemporalCli } from "../../src/workers/embedded/temporal-cli.ts";
import { registerFolder } from "../../src/workers/register-pipeline.ts";

/** The whole embedded stack in a home of its own, with a pipeline that trains by `trainer.py`. */
export interface BenchStack {
  readonly home: string;
  readonly client: Client;
  readonly stop: () => Promise<void>;
}

export async function startStack(
  parameters: Readonly<Record<string, number>>,
  log: (line: string) => void,
): Promise<BenchStack> {
  const home = await mkdtemp(join(tmpdir(), "slipway-recovery-stack-"));
  await chmod(home, 0o755);
  const place = {
    configured: process.env["SLIPWAY_TEMPORAL_CLI"],
    toolsDir: resolve(".slipway/tools"),
    environment: process.env,
  };
  const { path: cli } = await findTemporalCli({ ...place, report: log });
  const environment = { ...withoutForeignSettings(process.env), SLIPWAY_HOME: home, SLIPWAY_TEMPORAL_CLI: cli };
  const program = fileURLToPath(new URL("../../dist/workers/up-main.js", import.meta.url));
  const up = spawn(process.execPath, [program, "--attached"], { env: environment, stdio: ["pipe", "pipe", "inherit"] });
  await isReady(up.stdout);
  const variables = Object.fromEntries(
    readFileSync(join(home, "env"), "utf8")
      .trim()
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  const { db, close } = await openDatabase(variables["SLIPWAY_DATABASE_URL"] ?? "");
  await registerFolder(
    { db, store: createFileStore({ root: join(home, "artifacts") }) },
    await pipeline(home, parameters),
    "bench",
  );
  await close();
  const connection = await Connection.connect({ address: variables["TEMPORAL_ADDRESS"] ?? "" });
  return {
    home,
    client: new Client({ connection }),
    async stop() {
      await connection.close();
      const ended = once(up, "close");
      up.kill("SIGTERM");
      await ended;
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function isReady(lines: NodeJS.ReadableStream): Promise<void> {
  for await (const line of createInterface({ input: lines })) {
    if ((JSON.parse(line) as { event: string }).event === "stack.ready") break;
  }
  lines.resume();
}

/** A pipeline whose training is the trainer and whose other jobs are never reached. */
async function pipeline(home: string, parameters: Readonly<Record<string, number>>): Promise<string> {
  const folder = join(home, "pipeline");
  await mkdir(folder);
  copyFileSync(new URL("trainer.py", import.meta.url), join(folder, "trainer.py"));
  await writeFile(join(folder, "rows.csv"), "x,y\n1,1\n");
  await writeFile(join(folder, "more.csv"), "x,y\n2,0\n");
  const spec = {
    slipway: 1,
    model: "recovery",
    data: { train: { files: "rows.csv" }, holdout: { files: "more.csv" } },
    train: { command: ["python3", "trainer.py"], parameters, seed: 3, grace: "1s" },
    evaluate: {
      command: ["true"],
      data: "holdout",
      gates: [{ name: "g", metric: "accuracy", value: { lowerBound: 0 } }],
    },
    serve: { command: ["true"] },
  };
  await writeFile(join(folder, "slipway.yaml"), JSON.stringify(spec));
  return folder;
}
