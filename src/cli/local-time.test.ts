import { describe, expect, test } from "vitest";
import { formatClock, formatTime } from "./local-time.ts";

const MOMENT_MS = Date.UTC(2026, 0, 31, 23, 5, 9);

describe("a moment shown to a person", () => {
  test("carries its zone", () => {
    expect(formatTime(MOMENT_MS, "UTC")).toBe("2026-01-31 23:05:09 UTC");
  });

  test("is in the reader's zone, over midnight too", () => {
    expect(formatTime(MOMENT_MS, "Asia/Tokyo")).toMatch(/^2026-02-01 08:05:09 /u);
  });

  test("never shows 24 o'clock", () => {
    expect(formatClock(Date.UTC(2026, 0, 1), "UTC")).toBe("00:00:00");
  });
});
