import { readFileSync } from "node:fs";
import { errorCodeOf } from "./error-code.ts";

/** The kernel's counts of processes it killed for memory in this process's control group, version 2 and 1. */
const COUNTERS = [
  { line: /^0::(.*)$/mu, file: (path: string) => `/sys/fs/cgroup${path}/memory.events` },
  {
    line: /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/mu,
    file: (path: string) => `/sys/fs/cgroup/memory${path}/memory.oom_control`,
  },
];

/**
 * How many processes of this process's control group the kernel has killed because memory ran out, so far; undefined where
 * no such counter can be read. Only a difference of two readings says something.
 */
export function oomKills(): number | undefined {
  const groups = readFileSync("/proc/self/cgroup", "utf8");
  for (const { line, file } of COUNTERS) {
    const path = line.exec(groups)?.[1];
    const count = path === undefined ? undefined : readCount(file(path === "/" ? "" : path));
    if (count !== undefined) return count;
  }
  return undefined;
}

function readCount(file: string): number | undefined {
  try {
    const count = /^oom_kill (\d+)$/mu.exec(readFileSync(file, "utf8"))?.[1];
    return count === undefined ? undefined : Number(count);
  } catch (error) {
    // Not mounted, or hidden from us: memory is then not among the evidence.
    if (["ENOENT", "EACCES", "EPERM", "ENOTDIR"].includes(errorCodeOf(error) ?? "")) return undefined;
    throw error;
  }
}
