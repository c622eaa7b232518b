import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { inject } from "vitest";
import { isAlive } from "../../src/supervisor/process-identity.ts";
import type { PartName } from "../../src/workers/embedded/part.ts";
import { PART_NAMES } from "../../src/workers/embedded/part.ts";
import { readPartRecord } from "../../src/workers/embedded/run-files.ts";
import type { StackEvent } from "../../src/workers/embedded/stack-event.ts";
import { killDetachedWork } from "../../src/workers/embedded/detached-work.ts";
import { down } from "../../src/workers/embedded/stack-down.ts";
import { withoutForeignSettings } from "../../src/workers/embedded/part-environment.ts";

/** A home folder for one stack. Dispose of it and all that runs there. */
export interface FreshHome {
  readonly home: string;
  /** Variables that make our programs use it. */
  readonly environment: NodeJS.ProcessEnv;
  /** Stops what still runs, jobs and model servers too, and removes the folder. */
  dispose(): Promise<void>;
}

export async function freshHome(): Promise<FreshHome> {
  const home = await mkdtemp(join(tmpdir(), "slipway-home-"));
  const environment = {
    ...withoutForeignSettings(process.env),
    SLIPWAY_HOME: home,
    SLIPWAY_TEMPORAL_CLI: inject("temporalCli"),
  };
  const dispose = async (): Promise<void> => {
    await down(home, () => {});
    await killDetachedWork(home);
    await rm(home, { recursive: true, force: true });
  };
  return { home, environment, dispose };
}

/** A process of `up`, and what it has told so far. */
export interface UpProcess {
  readonly process: ChildProcess;
  readonly events: readonly StackEvent[];
  /** The first event of this name, told already or still to come; rejects when the process ends without it. */
  event<Name extends StackEvent["event"]>(
    name: Name,
    where?: (event: Extract<StackEvent, { event: Name }>) => boolean,
  ): Promise<Extract<StackEvent, { event: Name }>>;
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Runs the built `up` in this home. It is ready when it has told `stack.ready`. */
export function startUp({ environment }: Pick<FreshHome, "environment">, args: readonly string[] = []): UpProcess {
  const child = spawn(process.execPath, [resolve("dist/workers/up-main.js"), ...args], {
    env: environment,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const events: StackEvent[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => events.push(JSON.parse(line) as StackEvent));
  const ended = once(child, "close").then(([status, signal]) => (status ?? signal) as number | NodeJS.Signals);
  return {
    process: child,
    events,
    ended,
    async event(name, where = () => true) {
      type Wanted = Extract<StackEvent, { event: typeof name }>;
      const isWanted = (event: StackEvent): event is Wanted => event.event === name && where(event as Wanted);
      for (;;) {
        const found = events.find(isWanted);
        if (found !== undefined) return found;
        const over = await Promise.race([once(lines, "line").then(() => false), ended.then(() => true)]);
        if (over && !events.some(isWanted)) throw new Error(`up ended without ${name}: ${events.at(-1)?.message}`);
      }
    },
    async end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** The variables of `<home>/env`. */
export function readEnvironment(home: string): Readonly<Record<string, string>> {
  const lines = readFileSync(join(home, "env"), "utf8").trim().split("\n");
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

/** The parts whose recorded process still runs. */
export function livingParts(home: string): readonly PartName[] {
  return PART_NAMES.filter((part) => {
    const record = readPartRecord(home, part);
    return record !== undefined && isAlive(record);
  });
}
