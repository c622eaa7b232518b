import { rm } from "node:fs/promises";
import type { ArtifactStore } from "../artifacts/store.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { Observation } from "../executors/executor.ts";
import { concludeRun } from "./attempt-end.ts";
import { runAttempt } from "./attempt-run.ts";
import { fenceOf, type AttemptRecord, type AttemptState, type ExitRecord } from "./attempt-record.ts";
import { endedEarly } from "./early-end.ts";
import { findCommand } from "./command.ts";
import { contractEnvironment, inheritedEnvironment, visibleDevices } from "./contract-environment.ts";
import { openJournal, type Journal } from "./journal.ts";
import { createJson } from "./json-file.ts";
import { openLog, type LogWriter } from "./log-writer.ts";
import { revokeAttempt } from "./lost-attempt.ts";
import { earlierAttempts, newestVerified, type EarlierAttempt } from "./resume.ts";
import { waitForSlots } from "./slot-queue.ts";
import type { StateFolder } from "./state-folder.ts";
import { causeOf, watchForStop } from "./stop-watch.ts";
import { prepareCode, prepareInputs } from "./workspace.ts";

/** What the process around the supervisor gives it. */
export interface SupervisorSurroundings {
  readonly store: ArtifactStore;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface Supervised extends SupervisorSurroundings {
  readonly folder: StateFolder;
  readonly record: AttemptRecord;
  readonly log: LogWriter;
  readonly journal: Journal;
  readonly stop: AbortSignal;
}

type Ended = Extract<Observation, { phase: "succeeded" | "failed" }>;

/** Takes one attempt from its record to its exit record: prepares, waits for slots, runs, concludes. */
export async function superviseAttempt(
  folder: StateFolder,
  record: AttemptRecord,
  surroundings: SupervisorSurroundings,
): Promise<void> {
  const stopWatch = watchForStop(folder);
  const log = await openLog(folder.logs);
  const journal = await openJournal(folder, log);
  const supervised = { ...surroundings, folder, record, log, journal, stop: stopWatch.signal };
  const { observation, badProgressLines } = await endOf(supervised);
  if (causeOf(stopWatch.signal)?.reason !== "deleted") {
    // From here on only the end is written, which is what the reserve is for.
    await journal.guard(() => rm(folder.reserve, { force: true }));
    const trouble = journal.trouble();
    if (trouble !== undefined) await journal.note(`the supervisor could not always write its records: ${trouble}`);
    await journal.note(
      observation.phase === "failed" ? `${observation.failureClass}: ${observation.message}` : "succeeded",
    );
    await log.close();
    const exit: ExitRecord = { fence: fenceOf(record), observation, badProgressLines };
    // Should a later attempt have revoked this one, its word is there first and counts.
    await journal.persist(() => createJson(folder.exit, exit));
    // They are in the store; what the attempt made of its own (output, checkpoints, logs) stays.
    await journal.guard(() => rm(folder.inputs, { recursive: true, force: true }));
  }
  stopWatch.close();
}

async function endOf(supervised: Supervised): Promise<{ observation: Ended; badProgressLines: number }> {
  try {
    return await prepareAndRun(supervised);
  } catch (error) {
    return { observation: endedEarly(error, causeOf(supervised.stop)), badProgressLines: 0 };
  }
}

async function prepareAndRun(supervised: Supervised) {
  const { folder, record, log, journal, stop } = supervised;
  const earlier = await earlierAttempts(record);
  await takeOver(earlier, (message) => reportPreparing(supervised, message));
  const resume = record.spec.resume === "newest" ? await newestVerified(earlier, journal.note) : undefined;
  const prepared = await prepare(supervised);
  const slots = await queue(supervised);
  try {
    const startedAtMs = Date.now();
    const { deadlineMs } = record.spec.spec;
    const environment = {
      ...prepared.environment,
      ...contractEnvironment(folder, {
        releaseId: record.spec.releaseId,
        job: record.spec.job,
        attempt: record.spec.attempt,
        spec: record.spec.spec,
        fence: fenceOf(record),
        ...(resume && { resume: { dir: resume.dir, step: resume.ref.step } }),
        ...(deadlineMs !== undefined && { deadlineAtMs: startedAtMs + deadlineMs }),
        visibleDevices: visibleDevices(slots.devices, supervised.environment["CUDA_VISIBLE_DEVICES"]),
      }),
    };
    if (resume) await journal.note(`goes on from the checkpoint of step ${resume.ref.step}`);
    const run = {
      folder,
      record,
      command: prepared.command,
      environment,
      earlier,
      resume,
      startedAtMs,
      log,
      journal,
      stop,
    };
    return await concludeRun(run, await runAttempt(run));
  } finally {
    await journal.guard(slots.release);
  }
}

/** No attempt starts before all earlier ones of its job are gone for good. */
async function takeOver(earlier: readonly EarlierAttempt[], report: (message: string) => Promise<void>): Promise<void> {
  for (const { folder, record } of earlier) {
    await report(`making sure that attempt ${record.spec.attempt} is gone`);
    await revokeAttempt(folder, record);
  }
}

async function prepare(supervised: Supervised) {
  const { folder, record, store, stop, journal } = supervised;
  const { spec } = record;
  const preparation = {
    store,
    home: record.home,
    environment: { ...inheritedEnvironment(supervised.environment), ...spec.spec.env },
    report: async (message: string) => {
      await journal.note(message);
      await reportPreparing(supervised, message);
    },
    signal: stop,
  };
  await prepareInputs(folder, spec.inputs, spec.spec.parameters, preparation);
  const environment = await prepareCode(folder, spec, preparation);
  stop.throwIfAborted();
  return { environment, command: await findCommand(spec.spec.command, folder.code, environment) };
}

async function queue({ record, journal, stop }: Supervised) {
  const { resources, priority } = record.spec.spec;
  refuseTooLarge(record);
  // With the uid: an attempt of the same name that was deleted may not yet have left the queue.
  const request = { name: `${record.name} ${record.uid}`, cpus: resources.cpus, gpus: resources.gpus, priority };
  const report = (position: number) => {
    const message = `waits for ${resources.cpus} CPU and ${resources.gpus} GPU slots`;
    return journal.publish(beforeRun(record, { phase: "queued", message, position }));
  };
  return waitForSlots(record.home, request, record.capacity, report, stop);
}

function refuseTooLarge({ spec, capacity }: AttemptRecord): void {
  const { cpus, gpus } = spec.spec.resources;
  if (cpus <= capacity.cpus && gpus <= capacity.gpus) return;
  const message = `The job asks for ${cpus} CPUs and ${gpus} GPUs, but this machine has slots for ${capacity.cpus} and ${capacity.gpus}. Lower its resources, or raise SLIPWAY_CPU_SLOTS or SLIPWAY_GPU_SLOTS.`;
  throw new SlipwayError("input.invalid", message, { cpus, gpus });
}

function reportPreparing({ journal, record }: Supervised, message: string): Promise<void> {
  return journal.publish(beforeRun(record, { phase: "preparing", message }));
}

function beforeRun(record: AttemptRecord, observation: AttemptState["observation"]): AttemptState {
  return { observation, fence: fenceOf(record), badProgressLines: 0 };
}
