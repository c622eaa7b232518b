import { fc, test as law } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { pageOf, readCursor } from "./page.ts";

const sequences = fc
  .uniqueArray(fc.nat({ max: 1_000_000_000 }), { maxLength: 60 })
  .map((found) => found.toSorted((left, right) => right - left));

describe("pages", () => {
  law.prop([sequences, fc.integer({ min: 1, max: 20 })])("show every row once, in order", (all, limit) => {
    const seen: number[] = [];
    for (let next: string | undefined, first = true; first || next !== undefined; first = false) {
      const before = next === undefined ? Number.POSITIVE_INFINITY : readCursor(next);
      const rows = all.filter((sequence) => sequence < before).slice(0, limit + 1);
      const page = pageOf({ rows, limit, sequenceOf: (row) => row, itemOf: (row) => row });
      expect(page.items.length).toBeLessThanOrEqual(limit);
      seen.push(...page.items);
      next = page.next;
    }
    expect(seen).toEqual(all);
  });

  law.prop([fc.string()])("are refused a cursor that is none, or read it as a whole number", (text) => {
    try {
      expect(Number.isSafeInteger(readCursor(text))).toBe(true);
    } catch (error) {
      expect(error).toMatchObject({ code: "input.invalid" });
    }
  });
});
