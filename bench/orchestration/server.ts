import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { migrate } from "../../src/registry/database.ts";
import { choosePort } from "../../src/workers/embedded/ports.ts";
import { startPostgres } from "../../src/workers/embedded/postgres.ts";
import { stopProcess } from "../../src/workers/embedded/process-stop.ts";
import { findTemporalCli } from "../../src/workers/embedded/temporal-cli.ts";
import { startTemporalServer } from "../../src/workers/embedded/temporal-server.ts";

/** A Temporal server and a registry that nobody else uses, as `slipway up` starts them. */
export interface BenchServers {
  readonly home: string;
  readonly address: string;
  readonly databaseUrl: string;
  stop(): Promise<void>;
}

export async function startServers(log: (line: string) => void): Promise<BenchServers> {
  const home = await mkdtemp(join(tmpdir(), "slipway-bench-"));
  const { path: cli } = await findTemporalCli({
    configured: process.env["SLIPWAY_TEMPORAL_CLI"],
    toolsDir: resolve(".slipway/tools"),
    environment: process.env,
    report: log,
  });
  const { port } = await choosePort([27_233]);
  const { port: uiPort } = await choosePort([28_233], [port]);
  const signal = new AbortController().signal;
  const dbFile = join(home, "temporal.db");
  const server = await startTemporalServer({ cli, home, port, uiPort, dbFile, environment: process.env, signal });
  const postgres = await startPostgres({ home });
  await migrate(postgres.url);
  return {
    home,
    address: `127.0.0.1:${port}`,
    databaseUrl: postgres.url,
    async stop() {
      await stopProcess(server, "SIGTERM", 10_000);
      await postgres.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
