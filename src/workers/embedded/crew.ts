import type { Part, PartContext, PartName, RunningPart, StackAddresses } from "./part.ts";
import { PART_NAMES } from "./part.ts";
import { keepRunning } from "./part-keeper.ts";
import { logPath, rotateLog } from "./part-log.ts";
import { stopProcess } from "./process-stop.ts";
import { readPartRecord, writeRecord } from "./run-files.ts";
import type { Report } from "./stack-event.ts";

/** The parts of one stack that run now, each kept running. */
export interface Crew {
  /** Starts or adopts a part whose needs run already, and keeps it running from then on. */
  start(part: Part): Promise<void>;
  /** What the parts have told so far. */
  addresses(): Partial<StackAddresses>;
  /** Stops everything, the worker first and PostgreSQL last; what is being started is stopped too. */
  stop(): Promise<void>;
}

interface Member {
  readonly part: Part;
  readonly running: RunningPart;
  readonly keeper: Promise<void>;
}

const ROTATE_EVERY_MS = 30_000;

export interface CrewOptions {
  readonly home: string;
  readonly environment: PartContext["environment"];
  readonly report: Report;
  /** Addresses of what is not ours to run. */
  readonly known: Partial<StackAddresses>;
  /** Called when a part came back elsewhere; the parts that need it are then started anew. */
  readonly onMoved: (addresses: Partial<StackAddresses>) => void;
  /** Aborting it gives up what is being started. */
  readonly signal: AbortSignal;
}

export function createCrew(options: CrewOptions): Crew {
  const { home, environment, report } = options;
  const members = new Map<PartName, Member>();
  const stopping = new AbortController();
  const ended = AbortSignal.any([stopping.signal, options.signal]);
  let addresses = options.known;
  const rotation = setInterval(() => PART_NAMES.forEach((name) => rotateLog(logPath(home, name))), ROTATE_EVERY_MS);
  rotation.unref();

  const contextOf = (part: Part): PartContext => ({
    home,
    environment,
    addresses,
    report,
    previous: readPartRecord(home, part.name),
    record: (record) => writeRecord(home, record),
    signal: ended,
  });

  const onRestarted = (part: Part, running: RunningPart): void => {
    const member = members.get(part.name);
    if (member !== undefined) members.set(part.name, { ...member, running });
    const now = { ...addresses, ...running.addresses };
    if (JSON.stringify(now) === JSON.stringify(addresses)) return;
    addresses = now;
    options.onMoved(addresses);
    endDependents(part.name, members);
  };

  return {
    async start(part) {
      const running = await part.start(contextOf(part));
      announce(part.name, running, report);
      addresses = { ...addresses, ...running.addresses };
      const keeper = keepRunning(part, running, {
        context: () => contextOf(part),
        onRestarted: (again) => onRestarted(part, again),
        signal: ended,
      });
      members.set(part.name, { part, running, keeper });
    },
    addresses: () => addresses,
    async stop() {
      stopping.abort();
      clearInterval(rotation);
      await Promise.all([...members.values()].map(({ keeper }) => keeper));
      for (const name of PART_NAMES.toReversed()) {
        const member = members.get(name);
        if (member !== undefined) await stopMember(home, member, report);
      }
    },
  };
}

function announce(part: PartName, { record, adopted }: RunningPart, report: Report): void {
  const { pid } = record;
  if (adopted) report({ event: "part.adopted", part, pid, message: `${part}: still running (pid ${pid}), adopted` });
  else report({ event: "part.started", part, pid, message: `${part}: started (pid ${pid})` });
}

/** A part that needs a lost address cannot end gracefully: it would wait for answers from there. */
const HASTY_GRACE_MS = 2_000;

/** Ends the parts that were started with addresses of this one; their keepers then start them with the new ones. */
function endDependents(moved: PartName, members: ReadonlyMap<PartName, Member>): void {
  for (const { part, running } of members.values()) {
    if (part.needs.includes(moved)) void stopProcess(running.record, part.stop.ask, HASTY_GRACE_MS);
  }
}

async function stopMember(home: string, { part, running }: Member, report: Report): Promise<void> {
  const { record } = running;
  const how = await stopProcess(record, part.stop.ask, part.stop.graceMs);
  // The record stays, for its ports: the next run wants the same ones.
  writeRecord(home, { ...record, stoppedAtMs: Date.now() });
  report({ event: "part.stopped", part: part.name, message: `${part.name}: ${how} (pid ${record.pid})` });
}
