import { join } from "node:path";
import { digestOf } from "../../digest.ts";
import { buildIdentity, DIST } from "./build-identity.ts";
import { jsonIn, lineReader, startDetached, untilReady } from "./detached-process.ts";
import type { Part, PartContext } from "./part.ts";
import { PART_NAMES } from "./part.ts";
import { stackVariables, wholeAddresses, withoutForeignSettings } from "./part-environment.ts";
import { logPath } from "./part-log.ts";
import type { ProcessPlan } from "./process-part.ts";
import { processPart } from "./process-part.ts";

const PROGRAM = join(DIST, "workers", "worker-main.js");

/** The Temporal worker: runs workflows and activities against all other parts. */
export const workerPart: Part = processPart({
  name: "worker",
  needs: PART_NAMES.filter((name) => name !== "worker"),
  stop: { ask: "SIGTERM", graceMs: 15_000 },
  async plan(context): Promise<ProcessPlan> {
    const variables = stackVariables(context.home, wholeAddresses(context.addresses));
    return {
      settings: digestOf({ program: PROGRAM, build: buildIdentity(), variables }),
      start: (onStarted) => start(context, variables, onStarted),
      // It ends by itself when it can no longer poll, so that one which runs is well.
      isHealthy: async () => true,
      addresses: () => ({}),
    };
  },
});

async function start(
  context: PartContext,
  variables: Readonly<Record<string, string>>,
  onStarted: Parameters<ProcessPlan["start"]>[0],
): Promise<Record<string, never>> {
  const worker = await startDetached({
    command: process.execPath,
    args: ["--enable-source-maps", PROGRAM],
    environment: { ...withoutForeignSettings(context.environment), ...variables },
    cwd: context.home,
    logPath: logPath(context.home, "worker"),
  });
  onStarted(worker);
  const limits = { what: "The worker", timeoutMs: 60_000, signal: context.signal };
  await untilReady(worker, lineReader(worker, isReady), limits);
  return {};
}

/** The line by which it says that it polls for tasks. */
function isReady(line: string): true | undefined {
  const said = jsonIn(line);
  return said?.["part"] === "worker" && said["ready"] === true ? true : undefined;
}
