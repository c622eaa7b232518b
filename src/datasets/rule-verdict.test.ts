import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { Bound, DataRule } from "../spec/contract.ts";
import { isWithin, ruleVerdict } from "./rule-verdict.ts";

const rule = (part: Partial<DataRule>): DataRule => ({
  name: "age: nullValues",
  measure: { kind: "nullValues", column: "age" },
  bound: { operator: "mustBe", value: 0 },
  unit: "rows",
  severity: "Failed",
  ...part,
});
const seen = (result: number | undefined, rows = 100) => ({ result, rows, asOfMs: 1_000_000, futureRows: 0 });

describe("the verdict of a rule", () => {
  test("tells observed, bound and n", () => {
    expect(ruleVerdict(rule({}), seen(3), {})).toMatchObject({
      status: "Failed",
      message: "3 of 100 rows null; mustBe 0",
      observed: 3,
      bound: 0,
      n: 100,
    });
  });

  test("of a share is in percent of all rows", () => {
    const share = rule({ unit: "percent", bound: { operator: "mustBeLessThan", value: 3 } });
    expect(ruleVerdict(share, seen(3), {})).toMatchObject({ status: "Failed", observed: 3 });
    expect(ruleVerdict(share, seen(2), {})).toMatchObject({ status: "Successful", observed: 2 });
  });

  test.each([undefined, Number.NaN, Number.POSITIVE_INFINITY])("without a finite value (%s) is an error", (result) => {
    expect(ruleVerdict(rule({}), seen(result), {})).toMatchObject({ status: "Error", reason: "noData" });
  });

  test("of a share of no rows is an error", () => {
    expect(ruleVerdict(rule({ unit: "percent" }), seen(0, 0), {}).status).toBe("Error");
  });

  test("of an age counts from the newest row", () => {
    const age = rule({
      measure: { kind: "age", column: "seen" },
      bound: { operator: "mustBeLessOrEqualTo", value: 5_000 },
    });
    expect(ruleVerdict(age, seen(995_000), {})).toMatchObject({
      status: "Successful",
      message: "the newest row is 5 s old; at most 5 s",
    });
    expect(ruleVerdict(age, seen(994_999), {}).status).toBe("Failed");
    expect(ruleVerdict(age, { ...seen(999_000), futureRows: 2 }, {})).toMatchObject({
      status: "Warning",
      reason: "futureTimes",
    });
  });

  test("of a mild rule is a warning", () => {
    expect(ruleVerdict(rule({ severity: "Warning" }), seen(1), {}).status).toBe("Warning");
  });
});

describe("operators", () => {
  const number = fc.integer({ min: -5, max: 5 });
  const opposites = [
    ["mustBe", "mustNotBe"],
    ["mustBeLessThan", "mustBeGreaterOrEqualTo"],
    ["mustBeGreaterThan", "mustBeLessOrEqualTo"],
  ] as const;

  test.prop([number, number])("come in pairs of which exactly one holds", (value, limit) => {
    for (const [one, other] of opposites) {
      expect(isWithin(value, { operator: one, value: limit })).toBe(
        !isWithin(value, { operator: other, value: limit }),
      );
    }
  });

  test.prop([number, number, number])("of ranges include the ends", (value, left, right) => {
    const [low, high] = [Math.min(left, right), Math.max(left, right)];
    const inside: Bound = { operator: "mustBeBetween", low, high };
    const both =
      isWithin(value, { operator: "mustBeGreaterOrEqualTo", value: low }) &&
      isWithin(value, { operator: "mustBeLessOrEqualTo", value: high });
    expect(isWithin(value, inside)).toBe(both);
    expect(isWithin(value, { ...inside, operator: "mustNotBeBetween" })).toBe(!both);
  });
});
