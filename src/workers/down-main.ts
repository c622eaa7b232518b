import { readConfig } from "../config.ts";
import { FAILURES, messageOf, SlipwayError } from "../domain/errors.ts";
import { killDetachedWork } from "./embedded/detached-work.ts";
import { down } from "./embedded/stack-down.ts";
import type { StackEvent } from "./embedded/stack-event.ts";

/**
 * Stops the embedded stack, also what a killed `up` left: `node dist/workers/down-main.js [--jobs]`. Tells what happens
 * as JSON lines on standard output. Running jobs and model servers go on, unless `--jobs` asks to kill them too.
 */
const tell = (event: StackEvent): void => {
  process.stdout.write(`${JSON.stringify(event)}\n`);
};

try {
  const { home } = readConfig(process.env, process.cwd());
  await down(home, tell);
  if (process.argv.includes("--jobs")) {
    const killed = await killDetachedWork(home);
    tell({ event: "step", message: `stopped ${killed.length} jobs and model servers` });
  }
} catch (error) {
  const code = error instanceof SlipwayError ? error.code : "internal";
  tell({ event: "stack.failed", message: messageOf(error), code });
  process.exitCode = code === "internal" ? 1 : FAILURES[code].exit;
}
