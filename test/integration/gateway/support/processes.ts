import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Arm, TrafficState } from "../../../../src/domain/traffic.ts";
import type { GatewayProcess } from "../../../../src/gateway/gateway.ts";

const GATEWAY = fileURLToPath(new URL("../../../../dist/gateway/main.js", import.meta.url));
const MODEL_SERVER = fileURLToPath(new URL("model-server.mjs", import.meta.url));

/** What a model server of the tests does with requests. */
export interface Behaviour {
  readonly version?: string;
  readonly probability?: number;
  readonly delayMs?: number;
  readonly mode?: "answer" | "hang" | "destroy" | "cut" | "status";
  readonly status?: number;
  readonly pieces?: number;
  readonly pieceDelayMs?: number;
  readonly bytes?: number;
}

export interface ModelServer {
  readonly address: string;
  readonly arm: Arm;
  behave(behaviour: Behaviour): Promise<void>;
  served(): Promise<number>;
  kill(): Promise<void>;
}

export interface RunningGateway extends GatewayProcess {
  /** What it wrote to standard error so far. */
  log(): string;
  kill(): Promise<void>;
  /** Asks it to stop. @returns its exit code */
  stop(): Promise<number | null>;
}

/** The processes and folders of one test; all are gone when it is disposed of. */
export interface Workbench extends AsyncDisposable {
  readonly stateDir: string;
  startModelServer(behaviour: Behaviour): Promise<ModelServer>;
  startGateway(options?: { readonly port?: number; readonly adminPort?: number }): Promise<RunningGateway>;
}

export async function createWorkbench(): Promise<Workbench> {
  const stateDir = await mkdtemp(join(tmpdir(), "slipway-gateway-"));
  const children: ChildProcess[] = [];
  const startNode = async (
    args: readonly string[],
  ): Promise<{ child: ChildProcess; said: unknown; log: () => string }> => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    children.push(child);
    let log = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      log += chunk.toString();
    });
    const said = await firstLine(child, () => log);
    return { child, said: JSON.parse(said), log: () => log };
  };
  return {
    stateDir,
    async startModelServer(behaviour) {
      const { child, said } = await startNode([MODEL_SERVER, JSON.stringify(behaviour)]);
      const address = `http://127.0.0.1:${(said as { port: number }).port}`;
      return {
        address,
        arm: { modelVersion: behaviour.version ?? "unnamed", address },
        behave: async (next) => {
          await (await fetch(`${address}/behaviour`, { method: "PUT", body: JSON.stringify(next) })).text();
        },
        served: async () => ((await (await fetch(`${address}/served`)).json()) as { served: number }).served,
        kill: () => endWith(child, "SIGKILL"),
      };
    },
    async startGateway({ port = 0, adminPort = 0 } = {}) {
      const args = ["--port", String(port), "--admin-port", String(adminPort), "--state", stateDir];
      const { child, said, log } = await startNode([GATEWAY, ...args]);
      return {
        // The first line is what main.ts says of the process.
        ...(said as GatewayProcess),
        log,
        kill: () => endWith(child, "SIGKILL"),
        stop: async () => {
          await endWith(child, "SIGTERM");
          return child.exitCode;
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(children.map((child) => endWith(child, "SIGKILL")));
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

async function firstLine(child: ChildProcess, log: () => string): Promise<string> {
  if (child.stdout === null) throw new Error("no standard output");
  const lines = createInterface({ input: child.stdout });
  const exited = once(child, "exit").then(([code]: unknown[]) => {
    throw new Error(`exited with ${String(code)} before it said a line: ${log()}`);
  });
  const [line] = (await Promise.race([once(lines, "line"), exited])) as [string];
  exited.catch(() => undefined);
  return line;
}

async function endWith(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

/** The smallest valid state: everything to the champion. */
export function trafficState(state: Partial<TrafficState>): TrafficState {
  return {
    environment: "production",
    endpoint: "employment",
    generation: 1,
    candidatePercent: 0,
    mirrorPercent: 0,
    stage: 0,
    timeoutMs: 5_000,
    ...state,
  };
}
