import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { areaUnderCurve, pairedAreaDifference } from "./paired-areas.ts";

const positive = Uint8Array.of(1, 1, 0, 1, 0, 0, 1, 0, 1, 0);
const first = Float64Array.of(0.9, 0.8, 0.7, 0.6, 0.55, 0.5, 0.5, 0.3, 0.2, 0.1);
const second = Float64Array.of(0.6, 0.9, 0.5, 0.4, 0.8, 0.4, 0.7, 0.2, 0.3, 0.3);

describe("the area under the curve", () => {
  test("is scikit-learn's, ties counting half", () => {
    expect(areaUnderCurve(positive, first)).toBeCloseTo(0.7, 12);
    expect(areaUnderCurve(positive, second)).toBeCloseTo(0.68, 12);
  });

  test("is not a number unless both classes occur", () => {
    expect(areaUnderCurve(Uint8Array.of(1, 1), Float64Array.of(0.1, 0.2))).toBeNaN();
    expect(areaUnderCurve(Uint8Array.of(0, 0), Float64Array.of(0.1, 0.2))).toBeNaN();
  });

  const labelled = fc.array(fc.tuple(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 20 })), {
    minLength: 2,
    maxLength: 60,
  });

  test.prop([labelled])("is the share of pairs in the right order, by definition", (rows) => {
    const above = rows.filter(([label]) => label === 1).map(([, score]) => score);
    const below = rows.filter(([label]) => label === 0).map(([, score]) => score);
    fc.pre(above.length > 0 && below.length > 0);
    const won = above.flatMap((high) => below.map((low) => (high > low ? 1 : high === low ? 0.5 : 0)));
    const expected = won.reduce((sum: number, one) => sum + one, 0) / won.length;
    const area = areaUnderCurve(
      Uint8Array.from(rows, ([label]) => label),
      Float64Array.from(rows, ([, score]) => score),
    );
    expect(area).toBeCloseTo(expected, 12);
  });
});

describe("DeLong's test of two areas", () => {
  test("has the values of its definition, computed in full with NumPy and SciPy", () => {
    const found = pairedAreaDifference({ positive, first, second }, 0.95);
    expect(found.difference).toBeCloseTo(0.02, 12);
    expect(found.standardError).toBeCloseTo(0.15427248620541514, 12);
    expect(found.p).toBeCloseTo(0.8968506656319679, 10);
    expect(found.lower).toBeCloseTo(-0.28236851676806607, 9);
    expect(found.upper).toBeCloseTo(0.3223685167680659, 9);
  });

  test("finds no difference between a model and itself", () => {
    const same = pairedAreaDifference({ positive, first, second: first }, 0.95);
    expect(same).toMatchObject({ difference: 0, standardError: 0, p: 1, lower: 0, upper: 0 });
  });

  test("mirrors when the models change places", () => {
    const one = pairedAreaDifference({ positive, first, second }, 0.9);
    const other = pairedAreaDifference({ positive, first: second, second: first }, 0.9);
    expect(other.lower).toBeCloseTo(-one.upper, 12);
    expect(other.p).toBeCloseTo(one.p, 12);
  });
});
