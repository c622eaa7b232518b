import { messageOf, SlipwayError, type FailureCode } from "../domain/errors.ts";
import type { FailureClass } from "../domain/job.ts";
import type { Observation } from "../executors/executor.ts";
import type { StopCause } from "./stop-watch.ts";

/** Failures that another try cannot mend: the spec or the machine has to change first. */
const PERMANENT: readonly FailureCode[] = [
  "environment.failed",
  "prerequisite.missing",
  "input.invalid",
  "artifact.missing",
  "artifact.corrupt",
];

/** How an attempt ends whose process never started (or whose supervisor could not go on). */
export function endedEarly(thrown: unknown, stop: StopCause | undefined): Extract<Observation, { phase: "failed" }> {
  const { failureClass, message } = stop === undefined ? failureOf(thrown) : stopOf(stop);
  return { phase: "failed", failureClass, message, endedAtMs: Date.now() };
}

function failureOf(thrown: unknown): { failureClass: FailureClass; message: string } {
  if (!(thrown instanceof SlipwayError)) {
    return { failureClass: "nodeLost", message: `the attempt could not be run: ${messageOf(thrown)}` };
  }
  const isPermanent = PERMANENT.includes(thrown.code);
  return { failureClass: isPermanent ? "misconfigured" : "nodeLost", message: `${thrown.code}: ${thrown.message}` };
}

function stopOf({ reason }: StopCause): { failureClass: FailureClass; message: string } {
  if (reason === "shutdown")
    return { failureClass: "preempted", message: "the machine ended the attempt's supervisor" };
  return { failureClass: "cancelled", message: "the attempt was stopped before it ran" };
}
