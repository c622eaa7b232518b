import { join } from "node:path";

/**
 * Where what lies in the state folder of an attempt or a server. The supervisor writes; others only add a stop request.
 *
 * - `record.json`      what is to be run, written before anything starts
 * - `launch.json`      the process that was last started to supervise it
 * - `supervisor.json`  the one supervisor that took it on
 * - `process.json`     the user's process
 * - `state.json`       what it is doing, replaced often
 * - `exit.json`        how it ended; written once
 */
export interface StateFolder {
  readonly path: string;
  readonly record: string;
  readonly launch: string;
  readonly supervisor: string;
  readonly supervisorLog: string;
  readonly process: string;
  readonly state: string;
  readonly exit: string;
  readonly stopRequest: string;
  /** Some bytes to give up when the disk is full and the exit record must be written. */
  readonly reserve: string;
  readonly logs: string;
  /** The user's working directory. */
  readonly code: string;
  readonly inputs: string;
  readonly inputsFile: string;
  readonly parametersFile: string;
  readonly output: string;
  /** Manifest of the output, written when the attempt succeeded. */
  readonly result: string;
  readonly checkpoints: string;
  readonly progress: string;
  readonly stopFile: string;
  readonly model: string;
}

/** The layout below one state folder. */
export function stateFolder(path: string): StateFolder {
  return {
    path,
    record: join(path, "record.json"),
    launch: join(path, "launch.json"),
    supervisor: join(path, "supervisor.json"),
    supervisorLog: join(path, "supervisor.log"),
    process: join(path, "process.json"),
    state: join(path, "state.json"),
    exit: join(path, "exit.json"),
    stopRequest: join(path, "stop-request.json"),
    reserve: join(path, "reserve"),
    logs: join(path, "logs"),
    code: join(path, "code"),
    inputs: join(path, "inputs"),
    inputsFile: join(path, "inputs.json"),
    parametersFile: join(path, "parameters.json"),
    output: join(path, "output"),
    result: join(path, "result.json"),
    checkpoints: join(path, "checkpoints"),
    progress: join(path, "progress.jsonl"),
    stopFile: join(path, "stop"),
    model: join(path, "model"),
  };
}
