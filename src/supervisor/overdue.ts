/** Times of a running attempt, in milliseconds of one monotonic clock. */
export interface RunningTimes {
  readonly nowMs: number;
  readonly startedMs: number;
  /** When the progress file last grew; the start when it never did. */
  readonly lastProgressMs: number;
  readonly deadlineMs?: number;
  readonly stallTimeoutMs?: number;
}

/** Which limit the attempt has passed; the deadline when both. */
export function overdue(times: RunningTimes): "deadline" | "stalled" | undefined {
  if (times.deadlineMs !== undefined && times.nowMs - times.startedMs >= times.deadlineMs) return "deadline";
  if (times.stallTimeoutMs !== undefined && times.nowMs - times.lastProgressMs >= times.stallTimeoutMs)
    return "stalled";
  return undefined;
}
