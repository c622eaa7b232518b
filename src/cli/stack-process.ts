import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { SlipwayError } from "../domain/errors.ts";
import { isRecord } from "../domain/json.ts";
import type { StackEvent } from "../workers/embedded/stack-event.ts";
import { builtProgram } from "./built-program.ts";
import type { Environment } from "./stack-environment.ts";

/** The process that watches the embedded stack, as its starter sees it. */
export interface StackProcess {
  readonly pid: number | undefined;
  /** What it tells, in order, until it ends. */
  readonly events: AsyncIterable<StackEvent>;
  /** Settles when the process has ended. */
  readonly ended: Promise<{ readonly exitCode: number }>;
  /** Asks it once to stop everything but jobs and model servers. */
  readonly stop: () => void;
}

/**
 * Starts the embedded stack under `home`. It gets a process group of its own, so that a Ctrl-C meant for us reaches it
 * once, through `stop`, and not a second time from the terminal. It also stops when we are gone, however we end.
 */
export function startStack(home: string, env: Environment): StackProcess {
  return startProgram("workers/up-main.js", ["--attached"], home, env);
}

/**
 * Stops the stack of `home`, also what a killed `up` left there, and tells what happens. Not an error when none runs.
 * `alsoKill` says whether running jobs and model servers, which else go on, end too.
 * @throws {SlipwayError} `backend.unavailable` when it does not stop
 */
export async function stopStack(
  home: string,
  env: Environment,
  alsoKill: "nothing" | "jobs and model servers",
  tell: (event: StackEvent) => void,
): Promise<void> {
  const stopping = startProgram("workers/down-main.js", alsoKill === "nothing" ? [] : ["--jobs"], home, env);
  for await (const event of stopping.events) {
    tell(event);
    if (event.event === "stack.failed") throw stackFailure(event);
  }
  const { exitCode } = await stopping.ended;
  if (exitCode !== 0) throw new SlipwayError("environment.failed", `The stack of ${home} could not be stopped.`);
}

/** What made the stack fail, as our error. */
export function stackFailure({ code, message }: Extract<StackEvent, { event: "stack.failed" }>): SlipwayError {
  return new SlipwayError(code === "internal" ? "environment.failed" : code, message);
}

function startProgram(path: string, args: readonly string[], home: string, env: Environment): StackProcess {
  const child = spawn(process.execPath, [builtProgram(path), ...args], {
    env: { ...env, SLIPWAY_HOME: home },
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  const ended = new Promise<{ exitCode: number }>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ exitCode: code ?? 1 }));
  });
  let isAsked = false;
  return {
    pid: child.pid,
    events: eventsOf(child),
    ended,
    stop: () => {
      if (!isAsked && child.exitCode === null) child.kill("SIGTERM");
      isAsked = true;
    },
  };
}

async function* eventsOf(child: ChildProcess): AsyncGenerator<StackEvent> {
  if (child.stdout === null) return;
  for await (const line of createInterface({ input: child.stdout })) {
    const event = parseEvent(line);
    if (event !== undefined) yield event;
  }
}

function parseEvent(line: string): StackEvent | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return isRecord(parsed) && typeof parsed["event"] === "string" ? (parsed as unknown as StackEvent) : undefined;
  } catch {
    // Something a library printed; the parts' own words are in their logs.
    return undefined;
  }
}
