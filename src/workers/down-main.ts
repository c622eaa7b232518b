import { readConfig } from "../config.ts";
import { FAILURES, messageOf, SlipwayError } from "../domain/errors.ts";
import { down } from "./embedded/stack-down.ts";
import type { StackEvent } from "./embedded/stack-event.ts";

/**
 * Stops the embedded stack, also what a killed `up` left: `node dist/workers/down-main.js`. Tells what happens as JSON
 * lines on standard output. Running jobs and model servers go on.
 */
const tell = (event: StackEvent): void => {
  process.stdout.write(`${JSON.stringify(event)}\n`);
};

try {
  await down(readConfig(process.env, process.cwd()).home, tell);
} catch (error) {
  const code = error instanceof SlipwayError ? error.code : "internal";
  tell({ event: "stack.failed", message: messageOf(error), code });
  process.exitCode = code === "internal" ? 1 : FAILURES[code].exit;
}
