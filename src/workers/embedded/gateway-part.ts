import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../../digest.ts";
import { buildIdentity, DIST } from "./build-identity.ts";
import { jsonIn, lineReader, startDetached, untilReady } from "./detached-process.ts";
import type { Part, PartContext } from "./part.ts";
import { withoutForeignSettings } from "./part-environment.ts";
import { logPath } from "./part-log.ts";
import { choosePort } from "./ports.ts";
import type { Ports, ProcessPlan } from "./process-part.ts";
import { processPart } from "./process-part.ts";

const PORT = 8180;
const ADMIN_PORT = 8181;
const PROGRAM = join(DIST, "gateway", "main.js");

/** The embedded gateway: it keeps its own state, so it needs no other part. */
export const gatewayPart: Part = processPart({
  name: "gateway",
  needs: [],
  // It lets the requests that it is answering come to their end.
  stop: { ask: "SIGTERM", graceMs: 15_000 },
  async plan(context): Promise<ProcessPlan> {
    return {
      settings: digestOf({ program: PROGRAM, build: buildIdentity() }),
      start: (onStarted) => start(context, onStarted),
      isHealthy: async ({ adminPort }) => (await answers(adminPort)) === true,
      addresses: ({ port, adminPort }) => ({
        gatewayUrl: `http://127.0.0.1:${port}`,
        gatewayAdminUrl: `http://127.0.0.1:${adminPort}`,
      }),
    };
  },
});

async function start(context: PartContext, onStarted: Parameters<ProcessPlan["start"]>[0]): Promise<Ports> {
  const state = join(context.home, "gateway");
  mkdirSync(state, { recursive: true });
  const ports = await choosePorts(context);
  const args = [PROGRAM, "--port", `${ports.port}`, "--admin-port", `${ports.adminPort}`, "--state", state];
  const gateway = await startDetached({
    command: process.execPath,
    args,
    environment: withoutForeignSettings(context.environment),
    cwd: context.home,
    logPath: logPath(context.home, "gateway"),
  });
  onStarted(gateway);
  const limits = { what: "The gateway", timeoutMs: 30_000, signal: context.signal };
  return untilReady(gateway, lineReader(gateway, portsIn), limits);
}

async function choosePorts({ previous, report }: PartContext): Promise<{ port: number; adminPort: number }> {
  const wanted = previous?.port ?? PORT;
  const main = await choosePort([wanted, PORT]);
  const admin = await choosePort([previous?.adminPort ?? ADMIN_PORT, ADMIN_PORT], [main.port]);
  if (main.moved) {
    const message = `port ${wanted} is taken by another program: the gateway uses ${main.port}`;
    report({ event: "port.moved", part: "gateway", wanted, port: main.port, message });
  }
  return { port: main.port, adminPort: admin.port };
}

/** The gateway's first line says where it really listens: it moves on when a port was taken meanwhile. */
function portsIn(line: string): Ports | undefined {
  const said = jsonIn(line);
  const { port, adminPort } = said ?? {};
  return typeof port === "number" && typeof adminPort === "number" ? { port, adminPort } : undefined;
}

/** Any answer of its admin side shows that it serves. */
async function answers(adminPort: number | undefined): Promise<true | undefined> {
  try {
    await fetch(`http://127.0.0.1:${adminPort}/`, { signal: AbortSignal.timeout(3_000) });
    return true;
  } catch {
    return undefined;
  }
}
