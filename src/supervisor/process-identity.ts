import { readFileSync } from "node:fs";
import { SlipwayError } from "../domain/errors.ts";
import { errorCodeOf } from "./error-code.ts";

/** A process for ever: numbers are used again, the time of the start (in clock ticks since this boot) tells them apart. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat. */
  readonly startTime: string;
  readonly bootId: string;
}

/** What /proc/PID/stat says, as far as it is needed (proc(5)). */
export interface ProcessStat {
  readonly pid: number;
  readonly state: string;
  readonly groupId: number;
  readonly startTime: string;
}

/** Reads /proc/PID/stat; undefined when there is no such process. */
export function statOf(pid: number): ProcessStat | undefined {
  let text;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes(errorCodeOf(error) ?? "")) return undefined;
    throw error;
  }
  // The command's name, in parentheses, may itself hold blanks and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, , groupId] = fields;
  const startTime = fields[19];
  if (state === undefined || groupId === undefined || startTime === undefined) return undefined;
  return { pid, state, groupId: Number(groupId), startTime };
}

/** The identity of a process, also of one that has ended but was not yet collected; undefined when there is none. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const stat = statOf(pid);
  return stat && { pid, startTime: stat.startTime, bootId: bootId() };
}

/** @throws {SlipwayError} `prerequisite.missing` where /proc does not show the caller */
export function ownIdentity(): ProcessIdentity {
  const identity = identityOf(process.pid);
  if (identity === undefined) {
    throw new SlipwayError(
      "prerequisite.missing",
      "/proc does not show this process. Mount proc(5): jobs are known by it.",
    );
  }
  return identity;
}

/** Is this very process (not another one of the same number) still running? */
export function isAlive(identity: ProcessIdentity): boolean {
  const stat = statOf(identity.pid);
  return stat?.startTime === identity.startTime && !isOver(stat) && identity.bootId === bootId();
}

/** A zombie, or dead: it runs nothing and holds nothing any more. */
export function isOver(stat: ProcessStat): boolean {
  return stat.state === "Z" || stat.state === "X" || stat.state === "x";
}

let knownBootId: string | undefined;

function bootId(): string {
  knownBootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return knownBootId;
}
