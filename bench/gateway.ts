import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROUNDS = 6;
const ROUND_MS = 2_000;
const WARM_UP_MS = 1_500;
const CONNECTIONS = 32;
/** Far below what either can do, so that latency is work and not a queue. */
const LATENCY_RATE_PER_SECOND = 300;
const LATENCY_CONNECTIONS = 16;
const MODEL_PATH = "/v2/models/employment/infer";

interface Order {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly durationMs: number;
  readonly ratePerSecond?: number;
}

interface Outcome {
  readonly answered: number;
  readonly failed: number;
  readonly latenciesMs: readonly number[];
}

/**
 * What the gateway costs, in a canary with everything on (routing key, decisions, units, capture): the same load on a
 * model server directly and through the gateway, in turns, from a process of its own.
 *
 * @returns `requestsPerSecond` and `directRequestsPerSecond` with 32 callers who never pause, the median over rounds;
 *   `addedP50Ms` and `addedP99Ms` at a steady rate, each the quantile through the gateway minus the direct one, over all
 *   rounds; `failed` over all requests
 */
export async function run(log: (line: string) => void): Promise<Record<string, unknown>> {
  const stateDir = await mkdtemp(join(tmpdir(), "slipway-bench-gateway-"));
  const children: ChildProcess[] = [];
  try {
    const model = await startNode(children, [pathOf("./gateway/model-server.mjs")]);
    const gatewayArguments = ["--port", "0", "--admin-port", "0", "--state", stateDir];
    const gateway = await startNode(children, [pathOf("../dist/gateway/main.js"), ...gatewayArguments]);
    const generator = fork(pathOf("./gateway/load-generator.mjs"), { execArgv: [] });
    children.push(generator);
    await applyCanary(gateway["adminUrl"] as string, model["port"] as number);
    return await measure(generator, model["port"] as number, gateway["port"] as number, log);
  } finally {
    await Promise.all(children.map(endOf));
    await rm(stateDir, { recursive: true, force: true });
  }
}

async function measure(
  generator: ChildProcess,
  modelPort: number,
  gatewayPort: number,
  log: (line: string) => void,
): Promise<Record<string, unknown>> {
  const ways = {
    direct: { port: modelPort, path: MODEL_PATH },
    gateway: { port: gatewayPort, path: `/production/employment${MODEL_PATH}` },
  } as const;
  const full = { connections: CONNECTIONS, durationMs: ROUND_MS };
  const steady = { connections: LATENCY_CONNECTIONS, durationMs: ROUND_MS, ratePerSecond: LATENCY_RATE_PER_SECOND };
  const rates = { direct: [] as number[], gateway: [] as number[] };
  const latencies = { direct: [] as number[], gateway: [] as number[] };
  let failed = 0;
  for (const way of ["direct", "gateway"] as const) {
    await ordered(generator, { ...ways[way], ...full, durationMs: WARM_UP_MS });
  }
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const way of ["direct", "gateway"] as const) {
      const loaded = await ordered(generator, { ...ways[way], ...full });
      const paced = await ordered(generator, { ...ways[way], ...steady });
      rates[way].push(loaded.answered / (ROUND_MS / 1_000));
      latencies[way].push(...paced.latenciesMs);
      failed += loaded.failed + paced.failed;
    }
    const [direct, gateway] = [rates.direct.at(-1) ?? 0, rates.gateway.at(-1) ?? 0];
    log(`gateway: round ${round} of ${ROUNDS}: ${gateway.toFixed(0)} requests/s, directly ${direct.toFixed(0)}`);
  }
  const added = (share: number): number =>
    rounded(quantile(latencies.gateway, share) - quantile(latencies.direct, share));
  return {
    requestsPerSecond: Math.round(quantile(rates.gateway, 0.5)),
    directRequestsPerSecond: Math.round(quantile(rates.direct, 0.5)),
    addedP50Ms: added(0.5),
    addedP99Ms: added(0.99),
    p50Ms: rounded(quantile(latencies.gateway, 0.5)),
    p99Ms: rounded(quantile(latencies.gateway, 0.99)),
    failed,
    broken: failed === 0 ? [] : [`${failed} requests were not answered with 200`],
  };
}

async function applyCanary(adminUrl: string, modelPort: number): Promise<void> {
  const address = `http://127.0.0.1:${modelPort}`;
  const response = await fetch(`${adminUrl}/endpoints/production/employment`, {
    method: "PUT",
    body: JSON.stringify({
      environment: "production",
      endpoint: "employment",
      generation: 1,
      champion: { modelVersion: "employment@1.0.0", address },
      candidate: { modelVersion: "employment@2.0.0", address },
      candidatePercent: 10,
      mirrorPercent: 0,
      rolloutId: "bench",
      stage: 0,
      routingKey: { header: "x-person-id" },
      slowAfterMs: 1_000,
      timeoutMs: 10_000,
      decision: { output: "probability", rule: { threshold: 0.5 } },
    }),
  });
  if (!response.ok) throw new Error(`the gateway refused its state: ${await response.text()}`);
}

async function ordered(generator: ChildProcess, order: Order): Promise<Outcome> {
  const answer = once(generator, "message") as Promise<[Outcome]>;
  generator.send(order);
  const [outcome] = await answer;
  return outcome;
}

async function startNode(
  children: ChildProcess[],
  args: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return JSON.parse(line) as Readonly<Record<string, unknown>>;
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function rounded(valueMs: number): number {
  return Math.round(valueMs * 1_000) / 1_000;
}
