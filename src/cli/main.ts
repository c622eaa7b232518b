#!/usr/bin/env node
import { CommanderError } from "@commander-js/extra-typings";
import { createProgram } from "./program.ts";
import { createSession } from "./session.ts";

// A reader that has seen enough, such as head, is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

const session = createSession({
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  setExitCode: (code) => void (process.exitCode = code),
});

try {
  await createProgram(session).parseAsync(process.argv);
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has printed its message already; a wrong command line is bad input like any other.
  process.exitCode = error.exitCode === 0 ? 0 : 2;
  if (process.exitCode !== 0 && process.argv.includes("--json"))
    process.stdout.write(
      `${JSON.stringify({ error: { code: "input.invalid", message: error.message, details: {} } })}\n`,
    );
}
