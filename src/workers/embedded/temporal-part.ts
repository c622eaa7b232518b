import { join } from "node:path";
import { SlipwayError } from "../../domain/errors.ts";
import { digestOf } from "../../digest.ts";
import type { Part, PartContext } from "./part.ts";
import { withoutForeignSettings } from "./part-environment.ts";
import { choosePort } from "./ports.ts";
import type { Ports, ProcessPlan } from "./process-part.ts";
import { processPart } from "./process-part.ts";
import { findTemporalCli } from "./temporal-cli.ts";
import { whenServing } from "./temporal-namespace.ts";
import { NAMESPACE, serverArguments, startTemporalServer } from "./temporal-server.ts";

const PORT = 7233;
const UI_PORT = 8233;
const PORT_ATTEMPTS = 3;

/** The Temporal dev server with its SQLite file and web UI. */
export function temporalPart(configuredCli: string | undefined): Part {
  return processPart({
    name: "temporal",
    needs: [],
    stop: { ask: "SIGTERM", graceMs: 15_000 },
    async plan(context): Promise<ProcessPlan> {
      const { path: cli, version } = await findTemporalCli({
        configured: configuredCli,
        toolsDir: join(context.home, "tools"),
        environment: context.environment,
        report: (message) => context.report({ event: "step", part: "temporal", message }),
      });
      const dbFile = join(context.home, "temporal", "temporal.db");
      return {
        settings: digestOf({ cli, version, args: serverArguments({ port: 0, uiPort: 0, dbFile }) }),
        start: (onStarted) => start(context, { cli, dbFile, onStarted }),
        async isHealthy({ port }) {
          const connection = await whenServing(`127.0.0.1:${port}`, NAMESPACE);
          await connection?.close();
          return connection !== undefined;
        },
        addresses: ({ port, uiPort }) => ({
          temporalAddress: `127.0.0.1:${port}`,
          temporalNamespace: NAMESPACE,
          temporalCli: cli,
          uiUrl: `http://127.0.0.1:${uiPort}`,
        }),
      };
    },
  });
}

/** Between choosing a port and binding it another process may take it: then another is chosen. */
async function start(
  context: PartContext,
  server: Pick<Parameters<typeof startTemporalServer>[0], "cli" | "dbFile" | "onStarted">,
): Promise<Ports> {
  for (let attempt = 1; ; attempt += 1) {
    const ports = await choosePorts(context);
    try {
      await startTemporalServer({
        ...server,
        ...ports,
        home: context.home,
        environment: withoutForeignSettings(context.environment),
        signal: context.signal,
      });
      return ports;
    } catch (error) {
      const taken = error instanceof SlipwayError && error.message.includes("address already in use");
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function choosePorts({ previous, report }: PartContext): Promise<{ port: number; uiPort: number }> {
  const wanted = previous?.port ?? PORT;
  const wantedUi = previous?.uiPort ?? UI_PORT;
  const main = await choosePort([wanted, PORT]);
  const ui = await choosePort([wantedUi, UI_PORT], [main.port]);
  for (const { moved, port, from } of [
    { ...main, from: wanted },
    { ...ui, from: wantedUi },
  ]) {
    if (!moved) continue;
    const message = `port ${from} is taken by another program: Temporal uses ${port}`;
    report({ event: "port.moved", part: "temporal", wanted: from, port, message });
  }
  return { port: main.port, uiPort: ui.port };
}
