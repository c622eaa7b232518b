import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SlipwayError } from "../domain/errors.ts";
import type { Environment } from "./contract-environment.ts";

/** Other names for a program, tried in turn: many machines have no `python`. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = { python: ["python3"] };

export interface Command {
  readonly file: string;
  readonly arguments: readonly string[];
}

/**
 * Finds the program of a command on the environment's PATH, or, with a slash in its name, from the working directory.
 * @throws {SlipwayError} `prerequisite.missing` when it is not there or may not be executed
 */
export async function findCommand(command: readonly string[], cwd: string, environment: Environment): Promise<Command> {
  const [program = "", ...rest] = command;
  for (const name of [program, ...(OTHER_NAMES[program] ?? [])]) {
    for (const file of candidates(name, cwd, environment["PATH"] ?? "")) {
      if (await isExecutable(file)) return { file, arguments: rest };
    }
  }
  const where = program.includes("/") ? "in the pipeline's folder (or is not executable)" : "on PATH";
  const message = `The command ${JSON.stringify(program)} was not found ${where}. Install it on the machine that runs jobs, or correct the spec's command.`;
  throw new SlipwayError("prerequisite.missing", message, { command: program });
}

function candidates(program: string, cwd: string, path: string): readonly string[] {
  if (program === "") return [];
  if (program.includes("/")) return [resolve(cwd, program)];
  return path
    .split(":")
    .filter((folder) => folder !== "")
    .map((folder) => join(resolve(cwd, folder), program));
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    // Whatever the reason, this is not the file to run; the caller names the command when none is.
    return false;
  }
}
