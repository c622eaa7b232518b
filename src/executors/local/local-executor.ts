import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { digestOf } from "../../digest.ts";
import { messageOf, SlipwayError } from "../../domain/errors.ts";
import type { ArtifactStore } from "../../artifacts/store.ts";
import { readAttempt } from "../../supervisor/attempt-observation.ts";
import { attemptName, fenceOf, jobsFolder, type AttemptRecord } from "../../supervisor/attempt-record.ts";
import { errorCodeOf } from "../../supervisor/error-code.ts";
import { fileExists } from "../../supervisor/file-exists.ts";
import { readJson } from "../../supervisor/json-file.ts";
import { readLog } from "../../supervisor/log-reader.ts";
import { countGpus } from "../../supervisor/gpu-count.ts";
import { endLostAttempt } from "../../supervisor/lost-attempt.ts";
import { ensureSupervised } from "../../supervisor/start-supervisor.ts";
import {
  createStateFolder,
  refuseForeign,
  refuseMissing,
  removeStateFolder,
} from "../../supervisor/state-folder-change.ts";
import { stateFolder } from "../../supervisor/state-folder.ts";
import { requestStop } from "../../supervisor/stop-request.ts";
import type { AttemptSpec, Executor, JobHandle, Observation } from "../executor.ts";

const BACKEND = "local";

export interface LocalExecutorOptions {
  /** Absolute: the folder of all state. The store must be the file store in its folder `artifacts`. */
  readonly home: string;
  readonly store: ArtifactStore;
  /** What all jobs of this machine together may use; absent: all its CPUs and its NVIDIA GPUs. */
  readonly cpuSlots?: number | undefined;
  readonly gpuSlots?: number | undefined;
  /** Told of what people should know and no answer carries, such as an attempt found without its supervisor. */
  readonly log?: (message: string) => void;
}

/**
 * Runs attempts as detached processes of this machine. Each has a supervisor of its own that outlives the caller; what is
 * known of an attempt lies in its state folder, `<home>/jobs/<name>`, so any process may go on where another one was killed.
 */
export function createLocalExecutor(options: LocalExecutorOptions): Executor {
  const home = resolve(options.home);
  const pathOf = (name: string) => join(jobsFolder(home), name);
  return {
    ensure: (attempt) => ensure({ ...options, home }, attempt),
    observe: async (handle) => {
      try {
        return await observe({ ...options, home }, pathOf(handle.name), handle);
      } catch (error) {
        // Neither the system's word nor ours: a fault in the program, which must not look like patience.
        if (errorCodeOf(error) === undefined) throw error;
        return { phase: "unknown", message: `the attempt cannot be looked at: ${messageOf(error)}` };
      }
    },
    requestStop: async (handle, graceMs) => {
      if (await isSame(pathOf(handle.name), handle)) await requestStop(stateFolder(pathOf(handle.name)), graceMs);
    },
    delete: async (handle) => {
      if (await isSame(pathOf(handle.name), handle)) await remove(pathOf(handle.name));
    },
    logs: async (handle, sinceOffset) => {
      if (await isSame(pathOf(handle.name), handle)) return readLog(pathOf(handle.name), sinceOffset);
      throw new SlipwayError(
        "job.not-found",
        `There is no attempt ${handle.name} (${handle.uid}) on this machine any more.`,
      );
    },
  };
}

async function ensure(options: LocalExecutorOptions, attempt: AttemptSpec): Promise<JobHandle> {
  const name = attemptName(attempt, attempt.attempt);
  const path = join(jobsFolder(options.home), name);
  const specDigest = digestOf(attempt);
  const found = (await readJson<AttemptRecord>(stateFolder(path).record)) ?? (await create(options, attempt, path));
  refuseForeign(found, specDigest);
  if (!(await fileExists(stateFolder(path).exit))) await ensureSupervised(path);
  return { backend: BACKEND, name, uid: found.uid, specDigest };
}

async function create(options: LocalExecutorOptions, attempt: AttemptSpec, path: string): Promise<AttemptRecord> {
  await refuseMissing(options.store, [attempt.code, ...attempt.inputs.map(({ digest }) => digest)]);
  return createStateFolder<AttemptRecord>(path, {
    kind: "job",
    name: attemptName(attempt, attempt.attempt),
    uid: randomUUID(),
    specDigest: digestOf(attempt),
    spec: attempt,
    createdAtMs: Date.now(),
    home: options.home,
    capacity: { cpus: options.cpuSlots ?? availableParallelism(), gpus: options.gpuSlots ?? countGpus() },
  });
}

async function observe(options: LocalExecutorOptions, path: string, handle: JobHandle): Promise<Observation> {
  const reading = await readAttempt(path, options.home);
  if (reading.kind === "missing") return goneObservation(`the state folder of ${handle.name} is gone`);
  if (reading.record.uid !== handle.uid)
    return goneObservation(`${handle.name} is now another attempt (${reading.record.uid})`);
  if (reading.kind === "observed") return reading.observation;
  if (reading.kind === "unowned" && (await ensureSupervised(path))) {
    return { phase: "preparing", message: "its supervisor is starting" };
  }
  const message =
    reading.kind === "lost"
      ? "the attempt's supervisor is gone (killed, or the machine was restarted)"
      : `no supervisor could be started; see ${stateFolder(path).supervisorLog}`;
  options.log?.(`${handle.name}: ${message}`);
  await endLostAttempt(stateFolder(path), reading.record, message);
  const ended = await readAttempt(path, options.home);
  return ended.kind === "observed" ? ended.observation : { phase: "unknown", message };
}

function goneObservation(message: string): Observation {
  return { phase: "failed", failureClass: "deletedExternally", message, endedAtMs: Date.now() };
}

async function isSame(path: string, handle: JobHandle): Promise<boolean> {
  return (await readJson<AttemptRecord>(stateFolder(path).record))?.uid === handle.uid;
}

async function remove(path: string): Promise<void> {
  const record = await readJson<AttemptRecord>(stateFolder(path).record);
  if (record !== undefined) await removeStateFolder(path, fenceOf(record));
}
