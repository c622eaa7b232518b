import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { mcnemar, mcnemarExact, mcnemarMidP } from "./mcnemar.ts";

const pairs = fc.nat(400);

describe("McNemar's test", () => {
  test.each([
    [25, 15, 0.1538599441628321, 0.1172752059574122],
    [6, 16, 0.052478790283203125, 0.03468966484069824],
    [12, 2, 0.012939453125, 0.007385253906249991],
    [5, 5, 1, 0.876953125],
    [0, 6, 0.03125, 0.015625],
    [0, 0, 1, 1],
  ])("with %i and %i discordant pairs has the reference's exact and mid-p values", (first, second, exact, midP) => {
    expect(mcnemarExact(first, second)).toBeCloseTo(exact, 12);
    expect(mcnemarMidP(first, second)).toBeCloseTo(midP, 12);
  });

  test("is exact below 25 discordant pairs and mid-p from there on", () => {
    expect(mcnemar(20, 4)).toEqual({ test: "mcnemar-exact", p: mcnemarExact(20, 4) });
    expect(mcnemar(20, 5)).toEqual({ test: "mcnemar-mid-p", p: mcnemarMidP(20, 5) });
  });

  test.prop([pairs, pairs])("does not care which model comes first, and lies between 0 and 1", (first, second) => {
    for (const p of [mcnemarExact, mcnemarMidP]) {
      expect(p(first, second)).toBe(p(second, first));
      expect(p(first, second) >= 0 && p(first, second) <= 1).toBe(true);
    }
  });

  test.prop([pairs, pairs])("is never bolder exact than mid-p", (first, second) => {
    expect(mcnemarMidP(first, second)).toBeLessThanOrEqual(mcnemarExact(first, second));
  });

  test.prop([fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 })])(
    "finds a larger lead among as many pairs more surprising",
    (first, second) => {
      fc.pre(first >= second);
      expect(mcnemarExact(first + 1, second - 1)).toBeLessThanOrEqual(mcnemarExact(first, second));
    },
  );
});
