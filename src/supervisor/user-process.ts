import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { messageOf, SlipwayError } from "../domain/errors.ts";
import type { Command } from "./command.ts";
import type { Environment } from "./contract-environment.ts";
import type { LogWriter } from "./log-writer.ts";
import { killFenced, signalProcess } from "./process-kill.ts";
import { identityOf, type ProcessIdentity } from "./process-identity.ts";

/** How long what a process left behind may still hold its output open. */
const DRAIN_TIMEOUT_MS = 2_000;
const KILL_TIMEOUT_MS = 10_000;

export interface ExitStatus {
  readonly exitCode?: number;
  readonly signal?: NodeJS.Signals;
}

/** A user's process, in its own process group and session, with its input closed and its output in the log. */
export interface UserProcess {
  readonly identity: ProcessIdentity;
  /** Resolves once it has ended, everything it had started is gone and its output is in the log. */
  readonly ended: Promise<ExitStatus>;
  /** It has ended by now, though what it had started may not have: nothing that comes later is the cause. */
  readonly hasExited: () => boolean;
  /** SIGTERM to the process itself: its helpers are its own to stop. Without effect once it has ended. */
  readonly terminate: () => void;
  /** SIGKILL to it and to everything that it started. */
  readonly kill: () => Promise<void>;
}

export interface UserProcessOptions {
  readonly command: Command;
  readonly cwd: string;
  readonly environment: Environment;
  readonly fence: string;
  readonly log: LogWriter;
  /** A folder for the named pipe, which is there for a moment only. */
  readonly scratch: string;
}

/** @throws {SlipwayError} `prerequisite.missing` when the system cannot start it */
export async function startUserProcess(options: UserProcessOptions): Promise<UserProcess> {
  const pipe = await openPipe(options.scratch);
  const child = spawn(options.command.file, options.command.arguments, {
    cwd: options.cwd,
    env: { ...options.environment },
    stdio: ["ignore", pipe.writeEnd, pipe.writeEnd],
    detached: true,
  });
  closeSync(pipe.writeEnd);
  // Listened to before anything is awaited: a short process may end at once.
  const exited = new Promise<ExitStatus>((resolve) => {
    child.once("exit", (exitCode, signal) =>
      resolve({ ...(exitCode !== null && { exitCode }), ...(signal !== null && { signal }) }),
    );
  });
  // At once, too: until the exit is handled, even an ended child keeps its number.
  const identity = child.pid === undefined ? undefined : identityOf(child.pid);
  const copied = copyOutput(pipe.output, options.log);
  if (identity === undefined) throw await startFailure(child, options.command);
  const kill = async () => {
    const left = await killFenced(options.fence, identity, KILL_TIMEOUT_MS);
    if (left.length > 0) await options.log.append(`[slipway] these processes do not die: ${left.join(", ")}\n`);
  };
  const end = async () => {
    const status = await exited;
    await kill();
    const drained = setTimeout(() => pipe.output.destroy(), DRAIN_TIMEOUT_MS);
    await copied;
    clearTimeout(drained);
    return status;
  };
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;
  const terminate = () => {
    if (!hasExited()) signalProcess(identity.pid, "SIGTERM");
  };
  return { identity, ended: end(), hasExited, terminate, kill };
}

/**
 * One pipe for both outputs keeps their order, and a named one can be opened again by name (`/dev/stderr`), which the
 * sockets that Node makes cannot.
 */
async function openPipe(scratch: string) {
  const path = join(scratch, "output.pipe");
  rmSync(path, { force: true });
  await promisify(execFile)("mkfifo", ["-m", "600", path]);
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(path, constants.O_WRONLY);
  rmSync(path);
  return { output: new Socket({ fd: readEnd, readable: true, writable: false }), writeEnd };
}

/** Awaits each write before the next read: a flood waits in the pipe, not in memory. */
async function copyOutput(output: Socket, log: LogWriter): Promise<void> {
  try {
    for await (const content of output) await log.append(content as Buffer);
  } catch (error) {
    // Destroyed on purpose after the drain's time is over.
    if (!output.destroyed) await log.append(`[slipway] the output cannot be read any more: ${messageOf(error)}\n`);
  }
}

async function startFailure(child: ChildProcess, command: Command): Promise<SlipwayError> {
  const [error] = (await once(child, "error")) as [Error];
  const message = `The command ${command.file} could not be started: ${error.message}. Correct the spec's command.`;
  return new SlipwayError("prerequisite.missing", message, { command: command.file }, error);
}
