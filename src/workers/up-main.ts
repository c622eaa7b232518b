import { once } from "node:events";
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../config.ts";
import { FAILURES, messageOf, SlipwayError } from "../domain/errors.ts";
import { up } from "./embedded/stack.ts";
import type { StackEvent } from "./embedded/stack-event.ts";

/**
 * The process that runs the embedded stack: `node dist/workers/up-main.js [--attached]`. Tells what happens as JSON
 * lines on standard output; ends with 0 after SIGINT, SIGTERM or SIGHUP, or at once when the stack already runs.
 * With `--attached` the end of its standard input stops it too, so that it never outlives who started it.
 */
const config = readConfig(process.env, process.cwd());
const asked = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => asked.abort());
if (process.argv.includes("--attached")) process.stdin.resume().once("close", () => asked.abort());
// Whoever listened may be gone; the stack goes on.
process.stdout.on("error", () => {});

try {
  const stack = await up(config, { environment: process.env, onEvent: tell, signal: asked.signal });
  if (stack.status === "started") {
    if (!asked.signal.aborted) await once(asked.signal, "abort");
    await stack.stop();
  }
  process.exit(0);
} catch (error) {
  if (asked.signal.aborted) {
    tell({ event: "stack.stopped", message: "stopped before it was ready" });
    process.exit(0);
  }
  const code = error instanceof SlipwayError ? error.code : "internal";
  tell({ event: "stack.failed", message: messageOf(error), code });
  process.exit(code === "internal" ? 1 : FAILURES[code].exit);
}

/** On standard output and, with the time, in logs/up.log. */
function tell(event: StackEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
  mkdirSync(join(config.home, "logs"), { recursive: true });
  appendFileSync(join(config.home, "logs", "up.log"), `${JSON.stringify({ atMs: Date.now(), ...event })}\n`);
}
