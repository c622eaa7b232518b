// A worker in small: ensures one attempt, observes it to its end and says what it sees, one JSON line a change.
// Usage: node attempt-worker.mjs HOME ATTEMPT_JSON. Runs from the build in dist/; may be killed at any moment.
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createFileStore } from "../../dist/artifacts/file-store.js";
import { createLocalExecutor } from "../../dist/executors/local/local-executor.js";

const [home, attempt] = process.argv.slice(2);
const store = createFileStore({ root: join(home, "artifacts") });
const executor = createLocalExecutor({ home, store, cpuSlots: 8, gpuSlots: 0 });
const handle = await executor.ensure(JSON.parse(attempt));
let said = "";
for (;;) {
  const observation = await executor.observe(handle);
  const line = JSON.stringify({ handle, observation });
  if (line !== said) process.stdout.write(`${line}\n`);
  said = line;
  if (observation.phase === "succeeded" || observation.phase === "failed") break;
  await delay(50);
}
