import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { withoutForeignSettings } from "../../src/workers/embedded/part-environment.ts";

/** How a command ended. */
export interface CliEnd {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const MAIN = resolve("dist/cli/main.js");

/** Runs the built `slipway` to its end, whatever its exit code. */
export function cli(
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<CliEnd> {
  const env = { ...withoutForeignSettings(process.env), ...options.env };
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      [MAIN, ...args],
      { env, cwd: options.cwd, maxBuffer: 1 << 26 },
      (_error, stdout, stderr) => done({ stdout, stderr, exitCode: child.exitCode ?? 1 }),
    );
  });
}

/** A command that goes on, with what it has printed so far. */
export interface RunningCli {
  readonly process: ChildProcess;
  readonly ended: Promise<CliEnd>;
  /** Waits until the output matches; rejects when the command ends without. */
  printed(pattern: RegExp): Promise<void>;
}

/** Starts the built `slipway` and leaves it running. */
export function startCli(
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): RunningCli {
  const env = { ...withoutForeignSettings(process.env), ...options.env };
  const child = spawn(process.execPath, [MAIN, ...args], { env, cwd: options.cwd, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(([code]) => ({ stdout, stderr, exitCode: (code as number | null) ?? 1 }));
  return {
    process: child,
    ended,
    async printed(pattern) {
      const isOver = ended.then(() => true);
      while (!pattern.test(stdout + stderr)) {
        const next = Promise.race([once(child.stdout, "data"), once(child.stderr, "data")]).then(() => false);
        if ((await Promise.race([next, isOver])) && !pattern.test(stdout + stderr))
          throw new Error(`the command ended without ${pattern}:\n${stdout}\n${stderr}`);
      }
    },
  };
}
