import { describe, expect, test } from "vitest";
import { decideAlike, readDecisions } from "./decision.ts";

const answer = (shape: readonly number[], data: readonly unknown[], name = "out") => ({
  model_name: "employment",
  outputs: [
    { name: "other", shape: [1], datatype: "FP64", data: [0] },
    { name, shape, datatype: "FP64", data },
  ],
});
const threshold = { output: "out", rule: { threshold: 0.5 } } as const;
const argmax = { output: "out", rule: "argmax" } as const;
const value = { output: "out", rule: "value" } as const;

describe("a decision read from an answer", () => {
  test("is 1 from the threshold on, row by row", () => {
    expect(readDecisions(answer([3], [0.49, 0.5, 0.9]), threshold)).toEqual([
      { row: 0, decision: 0, output: 0.49 },
      { row: 1, decision: 1, output: 0.5 },
      { row: 2, decision: 1, output: 0.9 },
    ]);
  });

  test("takes the positive class, the second, of two probabilities", () => {
    expect(readDecisions(answer([2, 2], [0.8, 0.2, 0.1, 0.9]), threshold)).toEqual([
      { row: 0, decision: 0, output: 0.2 },
      { row: 1, decision: 1, output: 0.9 },
    ]);
  });

  test("is the largest score's index, the first of equals", () => {
    expect(readDecisions(answer([2, 3], [0.1, 0.7, 0.2, 4, 1, 4]), argmax)).toEqual([
      { row: 0, decision: 1, output: [0.1, 0.7, 0.2] },
      { row: 1, decision: 0, output: [4, 1, 4] },
    ]);
    expect(readDecisions(answer([3], [0.1, 0.2, 0.7]), argmax)).toEqual([
      { row: 0, decision: 2, output: [0.1, 0.2, 0.7] },
    ]);
  });

  test("is the value itself", () => {
    expect(readDecisions(answer([2], ["yes", "no"]), value)).toEqual([
      { row: 0, decision: "yes" },
      { row: 1, decision: "no" },
    ]);
  });

  test("is read from nested data too", () => {
    expect(readDecisions(answer([2, 1], [[0.2], [0.8]]), threshold)?.map(({ decision }) => decision)).toEqual([0, 1]);
  });

  test.each([
    ["the output has another name", answer([1], [0.4], "elsewhere"), threshold],
    ["the shape does not fit the data", answer([3], [0.4]), threshold],
    ["there are no values", answer([0], []), threshold],
    ["a probability is no number", answer([1], ["0.4"]), threshold],
    ["a row has three probabilities", answer([1, 3], [0.1, 0.2, 0.7]), threshold],
    ["a row has two values", answer([1, 2], ["a", "b"]), value],
    ["the answer is a text", "late", threshold],
    ["the answer is an error", { error: "no model" }, argmax],
  ])("is not there when %s", (_, body, rule) => {
    expect(readDecisions(body, rule)).toBeUndefined();
  });

  test("is like another when it means the same, whatever the score", () => {
    expect(decideAlike([{ row: 0, decision: 1, output: 0.6 }], [{ row: 0, decision: 1, output: 0.9 }])).toBe(true);
    expect(decideAlike([{ row: 0, decision: true }], [{ row: 0, decision: 1 }])).toBe(true);
    expect(decideAlike([{ row: 0, decision: 1 }], [{ row: 0, decision: 0 }])).toBe(false);
    expect(decideAlike([{ row: 0, decision: 1 }], [])).toBe(false);
  });
});
