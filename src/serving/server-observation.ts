import { messageOf } from "../domain/errors.ts";
import { commitJson, readJson, readVolatileJson } from "../supervisor/json-file.ts";
import type { ServerRecord, ServerState } from "../supervisor/server-record.ts";
import { supervisorStatus } from "../supervisor/start-supervisor.ts";
import { stateFolder } from "../supervisor/state-folder.ts";
import type { ServerObservation } from "./server.ts";

const PROBE_TIMEOUT_MS = 2_000;

type Running = Extract<ServerState, { phase: "running" }>;

/** What a server's state folder says, and, when it runs, what the server itself answers at this moment. */
export async function observeServer(statePath: string): Promise<ServerObservation> {
  const folder = stateFolder(statePath);
  const record = await readJson<ServerRecord>(folder.record);
  if (record === undefined) return { phase: "gone" };
  const state = await readVolatileJson<ServerState>(folder.state);
  const supervisor = await supervisorStatus(statePath);
  // One that could not even be prepared has no supervisor any more, and that is not its trouble.
  if (supervisor.status === "lost" && state?.phase !== "failed") {
    return { ...whereabouts(state), message: "its supervisor is gone" };
  }
  if (state === undefined) return { phase: "starting", message: "preparing: its supervisor is starting" };
  switch (state.phase) {
    case "preparing":
      return { phase: "starting", message: state.message };
    case "failed":
    case "restarting":
      return { ...whereabouts(state), message: state.message };
    case "running":
      return answerOf(state, record, `${statePath}/ready.json`);
  }
}

function whereabouts(state: ServerState | undefined) {
  if (state === undefined || !("port" in state)) return { phase: "unhealthy", restarts: 0 } as const;
  return { phase: "unhealthy", address: addressOf(state.port), restarts: state.restarts } as const;
}

/** A process that has never been ready has its start timeout; one that was ready is unhealthy as soon as it is not. */
async function answerOf(state: Running, { spec }: ServerRecord, readyPath: string): Promise<ServerObservation> {
  const { port, restarts, process, startedAtMs } = state;
  const address = addressOf(port);
  const problem = await probe(`${address}${spec.readyPath}`);
  const wasReady = (await readJson<Running["process"]>(readyPath))?.startTime === process.startTime;
  if (problem === undefined) {
    if (!wasReady) await commitJson(readyPath, process);
    return { phase: "ready", address, restarts };
  }
  const message = `${spec.readyPath}: ${problem}`;
  const isYoung = Date.now() - startedAtMs < spec.startTimeoutMs;
  if (!wasReady && isYoung && restarts === 0) return { phase: "starting", message };
  return { phase: "unhealthy", address, message, restarts };
}

/** Why the path does not answer with 200; undefined when it does. */
async function probe(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS), redirect: "manual" });
    await response.arrayBuffer();
    return response.status === 200 ? undefined : `answers with ${response.status}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return messageOf(cause);
  }
}

function addressOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}
