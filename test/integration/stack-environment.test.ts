import { execFileSync } from "node:child_process";
import { describe, expect } from "vitest";
import { fc, test } from "@fast-check/vitest";
import { environmentFile, withoutForeignSettings } from "../../src/workers/embedded/part-environment.ts";

describe("the file of the stack's addresses", () => {
  const values = fc.string({ maxLength: 20 }).filter((value) => !/[\0\n]/u.test(value));

  test.prop([values], { numRuns: 30 })("gives a shell the very values, whatever is in them", (value) => {
    const script = `${environmentFile({ SLIPWAY_HOME: value })}printf %s "$SLIPWAY_HOME"`;
    expect(execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" })).toBe(value);
  });
});

describe("the surroundings of the stack's processes", () => {
  test("hold no setting of another Temporal or Slipway, and keep what says how much may be used", () => {
    const own = { PATH: "/bin", TEMPORAL_API_KEY: "x", SLIPWAY_DATABASE_URL: "y", SLIPWAY_CPU_SLOTS: "2" };
    expect(withoutForeignSettings(own)).toEqual({ PATH: "/bin", SLIPWAY_CPU_SLOTS: "2" });
  });
});
