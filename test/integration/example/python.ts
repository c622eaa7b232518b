import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { inheritedEnvironment, type Environment } from "../../../src/supervisor/contract-environment.ts";
import { pythonEnvironment, withPythonEnvironment } from "../../../src/supervisor/python-environment.ts";

export const EXAMPLE = resolve("examples/employment");

/** How a process ended, and all that it printed. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
}

/** A running program whose lines can be awaited. */
export interface Running {
  readonly child: ChildProcess;
  /** Settles when the process has ended and its output is read. */
  readonly ended: Promise<Ended>;
  /** The first line, past or future, that passes; fails when the process ends without one. */
  line(passes: (line: string) => boolean): Promise<string>;
}

/** The machine's environment without any variable of Slipway. */
export function plainEnvironment(): Environment {
  return inheritedEnvironment(process.env);
}

/** The environment in which the example's own packages come first. Made once, then shared with the jobs of this clone. */
export async function exampleEnvironment(): Promise<Environment> {
  const environment = plainEnvironment();
  const folder = await pythonEnvironment({
    home: resolve(".slipway"),
    requirements: await readFile(join(EXAMPLE, "requirements.txt"), "utf8"),
    codeDir: await mkdtemp(join(tmpdir(), "slipway-example-")),
    code: undefined,
    environment,
    report: () => Promise.resolve(),
    signal: new AbortController().signal,
  });
  return withPythonEnvironment(environment, folder);
}

/** Makes sure that the example's data sets are there, from the census files or as they are. */
export async function prepareExampleData(environment: Environment): Promise<void> {
  await succeeds(start([process.execPath, "scripts/fetch-employment.mjs"], resolve("."), environment));
  await succeeds(start(["python", "prepare_data.py"], EXAMPLE, environment));
}

/** Starts a program; what it prints on either stream is kept by line. */
export function start(command: readonly string[], cwd: string, env: Environment): Running {
  const [file = "", ...rest] = command;
  const child = spawn(file, rest, { cwd, env: { ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of waiting) look();
  };
  const streams = [child.stdout, child.stderr].map(async (stream) => {
    for await (const line of createInterface({ input: stream })) {
      lines.push(line);
      wake();
    }
  });
  let over = false;
  const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const ended = Promise.all([closed, ...streams]).then(([[exitCode, signal]]) => {
    over = true;
    wake();
    return { exitCode, signal, lines };
  });
  const line = (passes: (text: string) => boolean) =>
    new Promise<string>((found, missing) => {
      const look = () => {
        const hit = lines.find((text) => passes(text));
        if (hit === undefined && !over) return;
        waiting.delete(look);
        if (hit === undefined) missing(new Error(`no such line in:\n${lines.join("\n")}`));
        else found(hit);
      };
      waiting.add(look);
      look();
    });
  return { child, ended, line };
}

/** The end of a process that must exit 0. */
export async function succeeds(running: Running): Promise<Ended> {
  const ended = await running.ended;
  if (ended.exitCode !== 0) throw new Error(`exit ${ended.exitCode} ${ended.signal}:\n${ended.lines.join("\n")}`);
  return ended;
}
