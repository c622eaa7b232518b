import { isAlive } from "../../supervisor/process-identity.ts";
import type { Digest } from "../../domain/json.ts";
import type { DetachedProcess } from "./detached-process.ts";
import type { Part, PartContext, PartName, PartRecord, RunningPart, StackAddresses } from "./part.ts";
import { stopProcess } from "./process-stop.ts";

/** How a part that is one of our detached processes is started, told apart and asked whether it is well. */
export interface ProcessPlan {
  readonly settings: Digest;
  /** Starts the process, tells of it at once, and returns when it serves; leaves nothing when it throws. */
  start(onStarted: (process: DetachedProcess) => void): Promise<Ports>;
  /** Does the one of this record answer? It runs and has the same settings. */
  isHealthy(record: PartRecord): Promise<boolean>;
  addresses(record: PartRecord): Partial<StackAddresses>;
}

export interface Ports {
  readonly port?: number;
  readonly adminPort?: number;
  readonly uiPort?: number;
}

/** A part made of such a plan: adopts what runs well, stops what runs otherwise, else starts. */
export function processPart(part: Omit<Part, "start"> & { plan(context: PartContext): Promise<ProcessPlan> }): Part {
  return {
    ...part,
    async start(context) {
      const plan = await part.plan(context);
      const { previous } = context;
      if (previous !== undefined && isAlive(previous)) {
        if (await mayAdopt(plan, previous)) {
          return { record: previous, adopted: true, addresses: plan.addresses(previous) };
        }
        context.report({
          event: "step",
          part: part.name,
          message: `stopping the ${part.name} of an earlier run (pid ${previous.pid}): it has other settings or is not well`,
        });
        await stopProcess(previous, part.stop.ask, part.stop.graceMs);
      }
      return startNew(part.name, plan, context);
    },
  };
}

async function mayAdopt(plan: ProcessPlan, previous: PartRecord): Promise<boolean> {
  return previous.readyAtMs !== undefined && previous.settings === plan.settings && (await plan.isHealthy(previous));
}

async function startNew(name: PartName, plan: ProcessPlan, context: PartContext): Promise<RunningPart> {
  let begun: PartRecord | undefined;
  const ports = await plan.start(({ pid, startTime, bootId }) => {
    begun = { part: name, pid, startTime, bootId, startedAtMs: Date.now(), settings: plan.settings };
    context.record(begun);
  });
  if (begun === undefined) throw new TypeError(`the ${name} serves but never said which process it is`);
  const record: PartRecord = { ...begun, ...ports, readyAtMs: Date.now() };
  context.record(record);
  return { record, adopted: false, addresses: plan.addresses(record) };
}
