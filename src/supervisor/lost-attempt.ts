import { setTimeout as delay } from "node:timers/promises";
import { SlipwayError } from "../domain/errors.ts";
import type { Observation } from "../executors/executor.ts";
import { fenceOf, type AttemptRecord, type AttemptState, type ExitRecord } from "./attempt-record.ts";
import { fileExists } from "./file-exists.ts";
import { createJson, readJson, readVolatileJson } from "./json-file.ts";
import { killFenced, signalProcess } from "./process-kill.ts";
import { isAlive, type ProcessIdentity } from "./process-identity.ts";
import type { StateFolder } from "./state-folder.ts";
import type { SupervisorRecord } from "./stop-request.ts";

const KILL_TIMEOUT_MS = 10_000;
const CHECK_INTERVAL_MS = 20;

/**
 * Ends an attempt whose supervisor is gone: what it had started is killed first, then its end is recorded as nodeLost. The
 * end that is recorded first counts. Safe to call from several processes at once.
 *
 * @throws {SlipwayError} `backend.unavailable` when a process of it does not die: nothing is recorded then
 */
export async function endLostAttempt(folder: StateFolder, record: AttemptRecord, message: string): Promise<void> {
  await confirmGone(folder, fenceOf(record));
  await createJson(folder.exit, await lostExit(folder, record, message));
}

/**
 * Takes the right to write from an earlier attempt, for good, and returns when nothing of it runs. Its end is recorded
 * before its supervisor is looked for: one that starts at this moment finds the end and stops.
 *
 * @throws {SlipwayError} `backend.unavailable` when a process of it does not die
 */
export async function revokeAttempt(folder: StateFolder, record: AttemptRecord): Promise<void> {
  if (!(await fileExists(folder.exit))) {
    await createJson(folder.exit, await lostExit(folder, record, "a later attempt of the job took its place"));
  }
  const supervisor = await readJson<SupervisorRecord>(folder.supervisor);
  if (supervisor !== undefined) await killProcess(supervisor.identity);
  await confirmGone(folder, fenceOf(record));
}

/** Kills whatever carries the fence, and the group of the recorded process. */
export async function confirmGone(folder: StateFolder, fence: string): Promise<void> {
  const leader = await readJson<ProcessIdentity>(folder.process);
  const left = await killFenced(fence, leader, KILL_TIMEOUT_MS);
  if (left.length > 0) throw undying(left);
}

/** SIGKILL to one process, known by number and start. Returns when it is gone. */
export async function killProcess(identity: ProcessIdentity): Promise<void> {
  const givenUpAt = performance.now() + KILL_TIMEOUT_MS;
  while (isAlive(identity)) {
    if (performance.now() > givenUpAt) throw undying([identity.pid]);
    signalProcess(identity.pid, "SIGKILL");
    await delay(CHECK_INTERVAL_MS);
  }
}

function undying(pids: readonly number[]): SlipwayError {
  const message = `The processes ${pids.join(", ")} of an ended attempt do not die. Look what they wait for (ps -o pid,stat,wchan).`;
  return new SlipwayError("backend.unavailable", message, { pids });
}

async function lostExit(folder: StateFolder, record: AttemptRecord, message: string): Promise<ExitRecord> {
  const state = await readVolatileJson<AttemptState>(folder.state);
  const observation = state?.observation;
  const ended: Extract<Observation, { phase: "failed" }> = {
    phase: "failed",
    failureClass: "nodeLost",
    message,
    endedAtMs: Date.now(),
    ...(observation?.phase === "running" && {
      startedAtMs: observation.startedAtMs,
      ...(observation.progress && { progress: observation.progress }),
      ...(observation.checkpoint && { checkpoint: observation.checkpoint }),
      ...(observation.resumedFromStep !== undefined && { resumedFromStep: observation.resumedFromStep }),
    }),
  };
  return { fence: fenceOf(record), observation: ended, badProgressLines: state?.badProgressLines ?? 0 };
}
