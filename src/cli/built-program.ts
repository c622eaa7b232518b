import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { FAILURES, SlipwayError, type FailureCode, type Problem } from "../domain/errors.ts";
import { isRecord } from "../domain/json.ts";
import { problemsError } from "../spec/problem-text.ts";
import type { Environment } from "./stack-environment.ts";

/** Path of one of our other programs, such as `workers/up-main.js`, beside this one in the build. */
export function builtProgram(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

/**
 * Runs one of our other programs to its end and returns the last line of its standard output as JSON.
 * @throws {SlipwayError} what the program itself reported (`problems`, or a `code` and a `message`), else
 *   `environment.failed` with the end of its standard error
 */
export async function askProgram(
  path: string,
  args: readonly string[],
  env: Environment,
): Promise<Readonly<Record<string, unknown>>> {
  const { stdout, stderr, exitCode } = await runProgram(path, args, env);
  const answer = lastJsonLine(stdout);
  if (exitCode === 0 && answer !== undefined) return answer;
  if (Array.isArray(answer?.["problems"])) throw problemsError("spec.invalid", answer["problems"] as Problem[]);
  const code = String(answer?.["code"]);
  if (Object.hasOwn(FAILURES, code)) throw new SlipwayError(code as FailureCode, String(answer?.["message"]));
  const tail = stderr.trim().split("\n").slice(-5).join("\n");
  throw new SlipwayError(
    "environment.failed",
    `${path} ended with exit code ${exitCode}:\n${tail || stdout.slice(-500)}`,
  );
}

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs one of our other programs to its end. */
export function runProgram(path: string, args: readonly string[], env: Environment): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [builtProgram(path), ...args], {
      env: { ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => void (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
    child.once("error", reject);
    child.once("close", (code) => resolve({ stdout, stderr, exitCode: code ?? 1 }));
  });
}

function lastJsonLine(text: string): Readonly<Record<string, unknown>> | undefined {
  for (const line of text.trim().split("\n").toReversed()) {
    if (!line.startsWith("{")) continue;
    try {
      const parsed: unknown = JSON.parse(line);
      if (isRecord(parsed)) return parsed;
    } catch {
      // A line of something else that happens to begin with a brace; the one before may be ours.
    }
  }
  return undefined;
}
