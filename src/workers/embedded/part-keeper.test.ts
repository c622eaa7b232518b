import { describe, expect } from "vitest";
import { fc, test } from "@fast-check/vitest";
import { restartDelayMs } from "./part-keeper.ts";

describe("a part that has ended", () => {
  test("is started again at once the first time", () => {
    expect(restartDelayMs(1)).toBe(0);
  });

  test("waits 0.25 s, then twice as long each time it ends again within a minute, at most half a minute", () => {
    expect([2, 3, 4, 9, 10, 100].map((ends) => restartDelayMs(ends))).toEqual([
      250, 500, 1_000, 30_000, 30_000, 30_000,
    ]);
  });

  test.prop([fc.nat({ max: 1_000 })])("never waits less after one more end", (ends) => {
    expect(restartDelayMs(ends + 1)).toBeGreaterThanOrEqual(restartDelayMs(ends));
  });
});
