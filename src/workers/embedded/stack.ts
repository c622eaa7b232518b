import { mkdirSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../config.ts";
import { migrate } from "../../registry/database.ts";
import { tryLockOnHost } from "../../supervisor/host-lock.ts";
import { identityOf } from "../../supervisor/process-identity.ts";
import type { Crew } from "./crew.ts";
import { createCrew } from "./crew.ts";
import { gatewayPart } from "./gateway-part.ts";
import type { StackAddresses } from "./part.ts";
import {
  environmentFile,
  stackVariables,
  temporalConfigFile,
  temporalProfile,
  wholeAddresses,
} from "./part-environment.ts";
import { isOwnDatabase, postgresPart } from "./postgres-part.ts";
import { removeRecord, writeAtomically, writeRecord } from "./run-files.ts";
import type { PublicAddresses, StackEvent } from "./stack-event.ts";
import { awaitOther } from "./stack-found.ts";
import { temporalPart } from "./temporal-part.ts";
import { workerPart } from "./worker-part.ts";

/** A stack that this process watches, or one that another process does. */
export type Stack =
  | { readonly status: "started"; readonly addresses: StackAddresses; stop(): Promise<void> }
  | { readonly status: "found"; readonly pid: number; readonly addresses: PublicAddresses };

export interface UpOptions {
  /** What the processes of the stack inherit; settings of other Temporals and Slipways are left out. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onEvent: (event: StackEvent) => void;
  /** Aborting it gives up a start that is under way; what has started is stopped. A ready stack is stopped by `stop`. */
  readonly signal: AbortSignal;
}

type StackConfig = Pick<Config, "home" | "databaseUrl" | "temporalCli">;

/**
 * Starts the embedded stack of `config.home`, or adopts what an earlier one left running, and watches it: a part that
 * ends is started again. One process does this for a home; a second one is told where the first runs.
 * Stopping it leaves running jobs and model servers alone.
 *
 * @throws {SlipwayError} `backend.unavailable` or `prerequisite.missing` when a part cannot be started; nothing is left
 */
export async function up(config: StackConfig, options: UpOptions): Promise<Stack> {
  mkdirSync(config.home, { recursive: true });
  const home = realpathSync(config.home);
  for (;;) {
    const unlock = await lockStack(home);
    if (unlock !== undefined) return start({ ...config, home }, options, unlock);
    const found = await awaitOther(home, options.onEvent);
    if (found !== undefined) return { status: "found", ...found };
  }
}

/** Whoever holds this runs or stops the stack of the home. */
export function lockStack(home: string): ReturnType<typeof tryLockOnHost> {
  return tryLockOnHost(["up", home]);
}

async function start(config: StackConfig, options: UpOptions, unlock: () => Promise<void>): Promise<Stack> {
  const { home } = config;
  const external = config.databaseUrl !== undefined && !isOwnDatabase(home, config.databaseUrl);
  const crew = createCrew({
    home,
    environment: options.environment,
    report: options.onEvent,
    known: external ? { databaseUrl: config.databaseUrl } : {},
    signal: options.signal,
    onMoved: (moved) => publish(home, wholeAddresses(moved)),
  });
  const end = async (): Promise<void> => {
    await crew.stop();
    rmSync(join(home, "env"), { force: true });
    removeRecord(home, "up");
    await unlock();
  };
  try {
    writePhase(home, "starting");
    const addresses = await startParts(crew, config, external, options);
    publish(home, addresses);
    const { databaseUrl: _secret, ...shown } = addresses;
    const message = `running: Temporal ${shown.temporalAddress}, web UI ${shown.uiUrl}, gateway ${shown.gatewayUrl}`;
    options.onEvent({ event: "stack.ready", message, pid: process.pid, home, addresses: shown });
    const stop = async (): Promise<void> => {
      options.onEvent({ event: "stack.stopping", message: "stopping; running jobs and model servers go on" });
      writePhase(home, "stopping");
      await end();
      options.onEvent({ event: "stack.stopped", message: "stopped" });
    };
    return { status: "started", addresses, stop };
  } catch (error) {
    await end();
    throw error;
  }
}

/** PostgreSQL, Temporal and the gateway come up side by side; the worker needs all three and the tables. */
async function startParts(
  crew: Crew,
  config: StackConfig,
  externalDatabase: boolean,
  { onEvent }: UpOptions,
): Promise<StackAddresses> {
  const first = [temporalPart(config.temporalCli), gatewayPart];
  if (!externalDatabase) first.unshift(postgresPart);
  const names = first.map((part) => part.name).join(", ");
  onEvent({ event: "step", message: `starting ${names}; the first time this takes about half a minute` });
  const started = await Promise.allSettled(first.map((part) => crew.start(part)));
  for (const outcome of started) if (outcome.status === "rejected") throw outcome.reason;
  const addresses = wholeAddresses(crew.addresses());
  onEvent({ event: "step", message: "bringing the registry's tables up to date" });
  await migrate(addresses.databaseUrl);
  await crew.start(workerPart);
  return addresses;
}

/** Tells everyone where things are: `<home>/env`, `run/up.json`, and the profile that Temporal's own tools read. */
function publish(home: string, addresses: StackAddresses): void {
  writeAtomically(join(home, "env"), environmentFile(stackVariables(home, addresses)), 0o600);
  writeAtomically(temporalConfigFile(home), temporalProfile(addresses), 0o644);
  writePhase(home, "ready", addresses);
}

function writePhase(home: string, phase: "starting" | "ready" | "stopping", addresses?: StackAddresses): void {
  const identity = identityOf(process.pid);
  if (identity === undefined) throw new TypeError("this process has no identity");
  const { databaseUrl: _secret, ...shown } = addresses ?? { databaseUrl: "" };
  writeRecord(home, {
    part: "up",
    ...identity,
    phase,
    ...(addresses === undefined ? {} : { addresses: shown as PublicAddresses }),
  });
}
