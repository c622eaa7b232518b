import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { findCommand } from "./command.ts";
import type { Environment } from "./contract-environment.ts";

const KEPT_LINES = 200;
const LINE_LIMIT = 500;

export interface ToolOptions {
  readonly cwd: string;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly onLine?: (line: string) => Promise<void>;
}

/**
 * Runs a program to its end, in a process group of its own that is killed when the signal aborts.
 * @returns its exit code (1 when a signal ended it) and the last 200 lines of its output, shortened to 500 characters
 * @throws {SlipwayError} `prerequisite.missing` when the program is not there; the signal's reason when it aborts
 */
export async function runTool(
  command: readonly string[],
  options: ToolOptions,
): Promise<{ readonly exitCode: number; readonly lines: readonly string[] }> {
  options.signal.throwIfAborted();
  const { file, arguments: rest } = await findCommand(command, options.cwd, options.environment);
  const child = spawn(file, rest, {
    cwd: options.cwd,
    env: { ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const kill = () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, "SIGKILL");
  };
  options.signal.addEventListener("abort", kill);
  if (options.signal.aborted) kill();
  const lines: string[] = [];
  const keep = async (line: string) => {
    lines.push(line.slice(0, LINE_LIMIT));
    if (lines.length > KEPT_LINES) lines.shift();
    await options.onLine?.(line.slice(0, LINE_LIMIT));
  };
  try {
    const ended = new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? 1));
    });
    const [exitCode] = await Promise.all([ended, eachLine(child.stdout, keep), eachLine(child.stderr, keep)]);
    options.signal.throwIfAborted();
    return { exitCode, lines };
  } finally {
    kill();
    options.signal.removeEventListener("abort", kill);
  }
}

async function eachLine(stream: NodeJS.ReadableStream, keep: (line: string) => Promise<void>): Promise<void> {
  for await (const line of createInterface({ input: stream })) await keep(line);
}
