import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createInterface } from "node:readline";
import type { AttemptSpec, JobHandle } from "../../src/executors/executor.ts";
import type { Ended, Running } from "./subject.ts";

/** A process that ensures and observes one attempt, as a worker's activity does. */
export interface AttemptWorker {
  /** What it sees first: the running job, or its end. */
  readonly attached: Promise<{ readonly handle: JobHandle; readonly observation: Running | Ended }>;
  /** What it saw last. */
  readonly latest: () => Running | Ended | undefined;
  readonly kill: () => Promise<void>;
}

/** Starts it from the build in dist/, without any state: what it knows of the job it finds out. */
export function startWorker(home: string, attempt: AttemptSpec): AttemptWorker {
  const main = fileURLToPath(new URL("attempt-worker.mjs", import.meta.url));
  const worker = spawn(process.execPath, [main, home, JSON.stringify(attempt)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let latest: Running | Ended | undefined;
  const attached = new Promise<Awaited<AttemptWorker["attached"]>>((resolve) => {
    createInterface({ input: worker.stdout }).on("line", (line) => {
      const seen = JSON.parse(line) as Awaited<AttemptWorker["attached"]>;
      if (!["running", "succeeded", "failed"].includes(seen.observation.phase)) return;
      latest = seen.observation;
      resolve(seen);
    });
  });
  return { attached, latest: () => latest, kill: () => kill(worker) };
}

async function kill(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null) return;
  const gone = once(worker, "exit");
  worker.kill("SIGKILL");
  await gone;
}
