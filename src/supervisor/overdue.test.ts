import { describe, expect, test } from "vitest";
import { overdue } from "./overdue.ts";

const times = { startedMs: 1_000, lastProgressMs: 1_000 };

describe("a running attempt", () => {
  test("without limits is never overdue", () => {
    expect(overdue({ ...times, nowMs: 1e12 })).toBeUndefined();
  });

  test("is over its deadline from the deadline on", () => {
    expect(overdue({ ...times, nowMs: 1_499, deadlineMs: 500 })).toBeUndefined();
    expect(overdue({ ...times, nowMs: 1_500, deadlineMs: 500 })).toBe("deadline");
  });

  test("is stalled when its progress stayed out for the timeout", () => {
    expect(overdue({ ...times, nowMs: 1_500, stallTimeoutMs: 500 })).toBe("stalled");
    expect(overdue({ ...times, lastProgressMs: 1_001, nowMs: 1_500, stallTimeoutMs: 500 })).toBeUndefined();
  });

  test("that is both is over its deadline", () => {
    expect(overdue({ ...times, nowMs: 2_000, deadlineMs: 500, stallTimeoutMs: 500 })).toBe("deadline");
  });
});
