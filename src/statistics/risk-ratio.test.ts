import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { riskRatio } from "./risk-ratio.ts";

describe("the risk ratio over stages", () => {
  test("of one stage is the ratio of the rates", () => {
    const stage = { championUnits: 900, championFailures: 9, candidateUnits: 100, candidateFailures: 3 };
    expect(riskRatio([stage])).toBeCloseTo(3, 12);
  });

  test("is not fooled by stages with different shares and different base rates (Simpson)", () => {
    const night = { championUnits: 900, championFailures: 90, candidateUnits: 100, candidateFailures: 10 };
    const day = { championUnits: 500, championFailures: 5, candidateUnits: 500, candidateFailures: 5 };
    expect(riskRatio([night, day])).toBeCloseTo(1, 12);
  });

  test("is unknown while the champion has not failed, and where nobody was served", () => {
    expect(riskRatio([])).toBeUndefined();
    expect(
      riskRatio([{ championUnits: 0, championFailures: 0, candidateUnits: 0, candidateFailures: 0 }]),
    ).toBeUndefined();
    expect(
      riskRatio([{ championUnits: 9, championFailures: 0, candidateUnits: 9, candidateFailures: 2 }]),
    ).toBeUndefined();
  });

  test.prop([fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 })])(
    "does not change when a stage without units joins",
    (units, championFailures, candidateFailures) => {
      const stage = { championUnits: 100, championFailures, candidateUnits: units, candidateFailures };
      const empty = { championUnits: 0, championFailures: 0, candidateUnits: 0, candidateFailures: 0 };
      expect(riskRatio([stage, empty])).toBe(riskRatio([stage]));
    },
  );
});
