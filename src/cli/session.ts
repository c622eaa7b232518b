import { resolve } from "node:path";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { readConfig } from "../config.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { Context } from "./context.ts";
import { describeFailure } from "./failure.ts";
import { createInterruption } from "./interruption.ts";
import { createOutput, type Output } from "./output.ts";
import { readStackEnvironment, withStackEnvironment, type Environment } from "./stack-environment.ts";
import { openRegistry } from "./registry-link.ts";
import { openTemporal } from "./temporal-link.ts";
import { describeTerminal } from "./terminal.ts";

/** A command's work; what it returns is the exit code, 0 when it returns nothing. */
export type Work = (context: Context) => Promise<number | undefined>;

/** Runs a command's work with what it needs, shows its failure, closes what it opened and sets the exit code. */
export type Session = (command: CommandUnknownOpts, work: Work) => Promise<void>;

/** The process as commands see it. */
export interface Surroundings {
  readonly env: Environment;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly setExitCode: (code: number) => void;
}

/** Options that every command has. */
export interface SharedOptions {
  readonly json?: boolean;
  readonly debug?: boolean;
  readonly home?: string;
}

/** Binds sessions to one process. */
export function createSession(around: Surroundings): Session {
  return async (command, work) => {
    const options: SharedOptions = command.optsWithGlobals();
    const output = createOutput(
      around,
      { out: describeTerminal(around.stdout, around.env), err: describeTerminal(around.stderr, around.env) },
      options.json === true,
    );
    const closers: (() => Promise<void>)[] = [];
    try {
      const context = await createContext(around, options, output, closers);
      around.setExitCode((await work(context)) ?? 0);
    } catch (error) {
      around.setExitCode(showFailure(error, output, options.debug === true));
    } finally {
      await Promise.allSettled(closers.map((close) => close()));
    }
  };
}

async function createContext(
  around: Surroundings,
  options: SharedOptions,
  output: Output,
  closers: (() => Promise<void>)[],
): Promise<Context> {
  const own: Environment =
    options.home === undefined ? around.env : { ...around.env, SLIPWAY_HOME: resolve(around.cwd, options.home) };
  const { home } = readConfig(own, around.cwd);
  const env = withStackEnvironment(own, await readStackEnvironment(home));
  const config = readConfig(env, around.cwd);
  const closing = <T extends { readonly close: () => Promise<void> }>(opened: T): T => {
    closers.push(opened.close);
    return opened;
  };
  return {
    cwd: around.cwd,
    env,
    ownEnv: own,
    config,
    output,
    input: around.stdin,
    interruption: once(() => {
      const { signal, release } = createInterruption();
      closers.push(() => Promise.resolve(release()));
      return signal;
    }),
    temporal: once(async () => closing(await openTemporal(env))),
    registry: once(async () => closing(await openRegistry(requireDatabase(config.databaseUrl))).db),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function requireDatabase(url: string | undefined): string {
  if (url !== undefined) return url;
  throw new SlipwayError(
    "backend.unavailable",
    "No registry is known here: SLIPWAY_DATABASE_URL is not set and no stack runs below this folder. Start one with `slipway up`, or set SLIPWAY_DATABASE_URL.",
  );
}

function showFailure(thrown: unknown, output: Output, isDebug: boolean): number {
  const { exit, ...failure } = describeFailure(thrown);
  if (output.isJson) output.line({ error: failure }, "");
  else output.note(`${output.err.colors.red("error")}: ${failure.message}`);
  if (isDebug) output.note(stackOf(thrown));
  return exit;
}

function stackOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const own = thrown.stack ?? thrown.message;
  return thrown.cause === undefined ? own : `${own}\nCaused by: ${stackOf(thrown.cause)}`;
}
