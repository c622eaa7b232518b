import type { FailureClass } from "../domain/job.ts";
import type { ScriptError } from "./script-error.ts";

/** Why we asked the process to stop. `shutdown`: the machine ends its processes. */
export type StopReason = "request" | "shutdown" | "deadline" | "stalled";

/** Everything that is known when a user's process has ended. */
export interface ExitEvidence {
  readonly exitCode?: number;
  readonly signal?: string;
  /** Absent: the process ended by itself, or somebody else ended it. */
  readonly stopReason?: StopReason;
  /** The kernel killed for memory in our control group while the process ran. */
  readonly wasOutOfMemory: boolean;
  /** The output folder holds at least one file, and only files. */
  readonly hasOutput: boolean;
  /** Why the output cannot be used although it is there. */
  readonly outputProblem?: string;
  /** This attempt committed a checkpoint. */
  readonly hasNewCheckpoint: boolean;
  readonly error?: ScriptError;
}

export type Ending =
  | { readonly status: "succeeded" }
  | {
      readonly status: "failed";
      readonly failureClass: FailureClass;
      readonly message: string;
      readonly retryable?: boolean;
    };

const YIELDED = 76;
const TRY_AGAIN = 75;
/** Usage, data and configuration errors of sysexits.h: trying again cannot help. */
const PERMANENT: readonly number[] = [64, 65, 78];
/** Signals that a process brings on itself by a fault of its own; nobody sends them. */
const FAULTS: readonly string[] = ["SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP", "SIGSYS", "SIGPIPE"];
/** How a shell reports that what it ran was ended by SIGKILL or SIGTERM. */
const SIGNALS_BY_EXIT_CODE: Readonly<Record<number, string>> = { 137: "SIGKILL", 143: "SIGTERM" };

/** How an attempt ended, by the evidence: ours first, then the kernel's, then the exit code. */
export function classifyExit(evidence: ExitEvidence): Ending {
  const signal = evidence.signal ?? SIGNALS_BY_EXIT_CODE[evidence.exitCode ?? 0];
  if (evidence.stopReason !== undefined) return classifyStop(evidence, evidence.stopReason);
  if (evidence.wasOutOfMemory && signal === "SIGKILL") {
    return failed(
      "outOfMemory",
      "the kernel killed the process because memory ran out; give the job more, or use less",
    );
  }
  if (signal !== undefined && !FAULTS.includes(signal)) {
    return failed("preempted", `the process was ended from outside by ${signal}`);
  }
  if (signal !== undefined) return failedByScript(evidence, `the process crashed with ${signal}`);
  return classifyCode(evidence, evidence.exitCode ?? 0);
}

/** After a stop, an exit code of 0 proves nothing: the script may have cut its work short. */
function classifyStop(evidence: ExitEvidence, reason: StopReason): Ending {
  const hasYielded = evidence.exitCode === YIELDED && evidence.hasNewCheckpoint;
  switch (reason) {
    case "deadline":
      return failed("deadline", "the deadline was reached; raise it, or make the job faster");
    case "stalled":
      return failed("stalled", "the progress file was silent for longer than the stall timeout");
    case "request":
      return hasYielded ? yielded() : failed("cancelled", "the attempt was stopped on request");
    case "shutdown":
      return hasYielded ? yielded() : failed("preempted", "the machine ended the attempt's supervisor");
  }
}

function classifyCode(evidence: ExitEvidence, exitCode: number): Ending {
  if (exitCode === 0) return classifySuccess(evidence);
  if (exitCode === YIELDED && evidence.hasNewCheckpoint) return yielded();
  if (exitCode === YIELDED) {
    return failedByScript(evidence, "exit code 76 says that it yielded, but it committed no checkpoint");
  }
  if (PERMANENT.includes(exitCode)) {
    return { ...failedByScript(evidence, `exit code ${exitCode}: trying again cannot help`), retryable: false };
  }
  if (exitCode === TRY_AGAIN) {
    return { ...failedByScript(evidence, "exit code 75: the script asks to try again"), retryable: true };
  }
  return failedByScript(evidence, `exit code ${exitCode}`);
}

function classifySuccess(evidence: ExitEvidence): Ending {
  if (evidence.outputProblem !== undefined) {
    return failed("userError", `the output cannot be used: ${evidence.outputProblem}`);
  }
  if (evidence.hasOutput) return { status: "succeeded" };
  return failed(
    "userError",
    "the script exited with 0 but wrote no file into SLIPWAY_OUTPUT_DIR; write the result there before it ends",
  );
}

function failedByScript({ error }: ExitEvidence, fallback: string): Extract<Ending, { status: "failed" }> {
  const said = [error?.type, error?.message].filter((part) => part !== undefined).join(": ");
  return {
    ...failed("userError", said === "" ? fallback : `${said} (${fallback})`),
    ...(error?.retryable !== undefined && { retryable: error.retryable }),
  };
}

function yielded(): Ending {
  return failed("yielded", "the script yielded after a checkpoint");
}

function failed(failureClass: FailureClass, message: string): Extract<Ending, { status: "failed" }> {
  return { status: "failed", failureClass, message };
}
