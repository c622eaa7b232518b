import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { parseProgressLine } from "./progress-line.ts";

describe("a line of the progress file", () => {
  test("gives step, total and metrics", () => {
    const line = '{"step":12,"total":100,"metrics":{"loss":0.3}}';
    expect(parseProgressLine(line)).toEqual({ step: 12, total: 100, metrics: { loss: 0.3 } });
  });

  test("may hold NaN and Infinity as Python writes them; they arrive as strings", () => {
    const line = '{"step": 3, "metrics": {"loss": NaN, "lowest": -Infinity, "note": "NaN, really"}}';
    expect(parseProgressLine(line)).toEqual({
      step: 3,
      metrics: { loss: "NaN", lowest: "-Infinity", note: "NaN, really" },
    });
  });

  test("may hold numbers beyond the range of floating point", () => {
    expect(parseProgressLine('{"step":1,"metrics":{"loss":1e999}}')).toEqual({
      step: 1,
      metrics: { loss: "Infinity" },
    });
  });

  test.each(["", "step 12", "[1]", "null", '{"step":"12"}', '{"step":-1}', '{"step":1.5}', '{"step":1', '{"total":3}'])(
    "is none: %s",
    (line) => {
      expect(parseProgressLine(line)).toBeUndefined();
    },
  );

  test("keeps at most 32 metrics", () => {
    const metrics = Object.fromEntries(Array.from({ length: 99 }, (_, index) => [`m${index}`, index]));
    expect(Object.keys(parseProgressLine(JSON.stringify({ step: 0, metrics }))?.metrics ?? {})).toHaveLength(32);
  });

  test.prop([fc.string()])("never throws, whatever it holds", (line) => {
    expect(() => parseProgressLine(line)).not.toThrow();
  });
});
