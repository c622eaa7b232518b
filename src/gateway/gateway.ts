import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import type { Logger } from "pino";
import { messageOf, SlipwayError } from "../domain/errors.ts";
import { tryLockOnHost } from "../supervisor/host-lock.ts";
import { replaceJson } from "../supervisor/json-file.ts";
import { statOf } from "../supervisor/process-identity.ts";
import { createAdminServer } from "./admin-server.ts";
import { createDataServer } from "./data-server.ts";
import { openEndpoints } from "./endpoints.ts";
import { createLabelIntake } from "./label-intake.ts";
import { createServerPools } from "./server-pool.ts";
import { processPath } from "./state-layout.ts";
import { createTrafficMetrics } from "./traffic-metrics.ts";

const LOOPBACK = "127.0.0.1";
const DRAIN_MS = 10_000;

/** Content of `gateway.json`: which process serves, and where. URLs have no trailing slash. */
export interface GatewayProcess {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: with the pid, the process for this boot. */
  readonly startTime: string;
  readonly port: number;
  readonly adminPort: number;
  readonly url: string;
  readonly adminUrl: string;
}

export interface GatewayOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly adminPort: number;
  readonly stateDir: string;
  readonly log: Logger;
}

export interface Gateway {
  readonly process: GatewayProcess;
  /** Takes no new request, lets those under way finish (at most 10 s), writes everything down. */
  close(): Promise<void>;
}

/**
 * Starts the gateway on loopback, with the states that were in force when the last one on this folder ended.
 * @throws {SlipwayError} `environment.failed` when another gateway serves from this folder or a port is taken;
 *   `artifact.corrupt` when what the last one left cannot be read
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const stateDir = resolve(options.stateDir);
  await mkdir(stateDir, { recursive: true });
  const unlock = await tryLockOnHost([stateDir, "gateway"]);
  if (unlock === undefined) {
    const where = processPath(stateDir);
    throw new SlipwayError("environment.failed", `Another gateway serves from ${stateDir}: see ${where}, or stop it`);
  }
  const { log } = options;
  const pools = createServerPools();
  const metrics = createTrafficMetrics();
  const endpoints = await openEndpoints({ stateDir, pools, metrics });
  const labels = createLabelIntake(stateDir, metrics);
  const admin = createAdminServer({ endpoints, metrics, stateDir, startedAtMs: Date.now(), log });
  const data = createDataServer({ endpoints, labels, log });
  const port = await listen(data, options.port, "port");
  const adminPort = await listen(admin, options.adminPort, "admin-port");
  const described = describeProcess(port, adminPort);
  await replaceJson(processPath(stateDir), described);
  return {
    process: described,
    async close() {
      await Promise.all([drain(data), drain(admin)]);
      await Promise.all([endpoints.close(), labels.close()]);
      await pools.destroy();
      await rm(processPath(stateDir), { force: true });
      await unlock();
    },
  };
}

async function listen(server: Server, port: number, argument: string): Promise<number> {
  try {
    server.listen(port, LOOPBACK);
    await once(server, "listening");
  } catch (error) {
    const reason = messageOf(error);
    throw new SlipwayError("environment.failed", `Cannot listen on --${argument} ${port}: ${reason}`, {}, error);
  }
  // A server that listens on a TCP port has an address of this shape.
  return (server.address() as AddressInfo).port;
}

function describeProcess(port: number, adminPort: number): GatewayProcess {
  return {
    pid: process.pid,
    startTime: statOf(process.pid)?.startTime ?? "",
    port,
    adminPort,
    url: `http://${LOOPBACK}:${port}`,
    adminUrl: `http://${LOOPBACK}:${adminPort}`,
  };
}

async function drain(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  // A connection that was busy becomes idle, and Node closes only those that were idle at the call.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  await closed;
  clearTimeout(cut);
  clearInterval(sweep);
}
