import { rm } from "node:fs/promises";
import { messageOf, SlipwayError } from "../domain/errors.ts";
import { findCommand, type Command } from "./command.ts";
import { inheritedEnvironment, type Environment } from "./contract-environment.ts";
import { openJournal, type Journal } from "./journal.ts";
import { commitJson, readVolatileJson } from "./json-file.ts";
import { openLog, type LogWriter } from "./log-writer.ts";
import { confirmGone } from "./lost-attempt.ts";
import { FENCE_VARIABLE } from "./process-kill.ts";
import { pause } from "./pause.ts";
import { fenceOfServer, type ServerRecord, type ServerState } from "./server-record.ts";
import { choosePort } from "./server-port.ts";
import type { StateFolder } from "./state-folder.ts";
import { causeOf, watchForStop } from "./stop-watch.ts";
import type { SupervisorSurroundings } from "./supervise-attempt.ts";
import { startUserProcess, type ExitStatus } from "./user-process.ts";
import { prepareCode } from "./workspace.ts";

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 10_000;
/** A server that ran this long before it ended is started again at once. */
const STEADY_MS = 60_000;
/** When the machine ends its processes, it does not wait long itself. */
const SHUTDOWN_GRACE_MS = 10_000;

interface Supervised extends SupervisorSurroundings {
  readonly folder: StateFolder;
  readonly record: ServerRecord;
  readonly log: LogWriter;
  readonly journal: Journal;
  readonly stop: AbortSignal;
}

/** Keeps one model server running until it is asked to stop: prepares, starts, and starts again after each end. */
export async function superviseServer(
  folder: StateFolder,
  record: ServerRecord,
  surroundings: SupervisorSurroundings,
): Promise<void> {
  const stopWatch = watchForStop(folder);
  const log = await openLog(folder.logs);
  const journal = await openJournal(folder, log);
  const supervised = { ...surroundings, folder, record, log, journal, stop: stopWatch.signal };
  const before = await readVolatileJson<ServerState>(folder.state);
  try {
    // A supervisor before this one may have been killed and have left its server behind.
    await confirmGone(folder, fenceOfServer(record));
    const prepared = await prepare(supervised);
    await keepRunning(supervised, prepared, before && "port" in before ? before : undefined);
  } catch (error) {
    if (!stopWatch.signal.aborted) await fail(journal, error);
  }
  await log.close();
  stopWatch.close();
}

async function prepare({ folder, record, store, environment, journal, stop }: Supervised) {
  const { spec } = record;
  const report = async (message: string) => {
    await journal.note(message);
    await journal.publish({ phase: "preparing", message: `preparing: ${message}` } satisfies ServerState);
  };
  await report("copying the model's files");
  await rm(folder.code, { recursive: true, force: true });
  await store.getTree(spec.model, folder.model);
  const own = inheritedEnvironment(environment);
  const prepared = await prepareCode(folder, spec, {
    store,
    home: record.home,
    environment: own,
    report,
    signal: stop,
  });
  stop.throwIfAborted();
  return { environment: prepared, command: await findCommand(spec.command, folder.code, { ...prepared, ...spec.env }) };
}

async function keepRunning(
  supervised: Supervised,
  prepared: { readonly environment: Environment; readonly command: Command },
  before: { readonly port: number; readonly restarts: number } | undefined,
): Promise<void> {
  const { record, journal, stop } = supervised;
  let restarts = before === undefined ? 0 : before.restarts + 1;
  let port = before?.port;
  let backoffMs = FIRST_BACKOFF_MS;
  while (!stop.aborted) {
    port = await choosePort(record.home, record.name, port);
    const startedMs = performance.now();
    const status = await runOnce(supervised, prepared, port, restarts);
    if (stop.aborted) return;
    restarts += 1;
    const message = `the server ended with ${said(status)}`;
    await journal.note(`${message}; it is started again`);
    await journal.publish({ phase: "restarting", port, restarts, message } satisfies ServerState);
    backoffMs = performance.now() - startedMs > STEADY_MS ? FIRST_BACKOFF_MS : backoffMs;
    await pause(backoffMs, stop);
    backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
  }
}

async function runOnce(
  { folder, record, log, journal, stop }: Supervised,
  { environment, command }: { readonly environment: Environment; readonly command: Command },
  port: number,
  restarts: number,
): Promise<ExitStatus> {
  const fence = fenceOfServer(record);
  const { spec } = record;
  const server = await startUserProcess({
    command,
    cwd: folder.code,
    environment: {
      ...environment,
      SLIPWAY_MODEL_NAME: spec.endpoint,
      SLIPWAY_MODEL_VERSION: spec.modelVersion,
      ...spec.env,
      SLIPWAY_MODEL_DIR: folder.model,
      SLIPWAY_PORT: String(port),
      [FENCE_VARIABLE]: fence,
    },
    fence,
    log,
    scratch: folder.path,
  });
  await journal.guard(() => commitJson(folder.process, server.identity));
  const { pid, startTime } = server.identity;
  const process = { pid, startTime };
  await journal.publish({ phase: "running", port, restarts, startedAtMs: Date.now(), process } satisfies ServerState);
  const killTimer: { current?: NodeJS.Timeout } = {};
  const onStop = () => {
    server.terminate();
    const graceMs = causeOf(stop)?.graceMs ?? SHUTDOWN_GRACE_MS;
    killTimer.current = setTimeout(() => void server.kill(), graceMs);
  };
  stop.addEventListener("abort", onStop);
  if (stop.aborted) onStop();
  const status = await server.ended;
  stop.removeEventListener("abort", onStop);
  clearTimeout(killTimer.current);
  return status;
}

async function fail(journal: Journal, error: unknown): Promise<void> {
  const message = error instanceof SlipwayError ? `${error.code}: ${error.message}` : messageOf(error);
  await journal.note(`the server cannot be run: ${message}`);
  await journal.publish({ phase: "failed", message } satisfies ServerState);
}

function said({ exitCode, signal }: ExitStatus): string {
  return signal ?? `exit code ${exitCode ?? "unknown"}`;
}
