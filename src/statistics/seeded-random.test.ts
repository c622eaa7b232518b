import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { createSeededRandom, seededBy } from "./seeded-random.ts";

describe("a seeded random stream", () => {
  test("is xoshiro128**: the reference implementation's first words from the state 1, 2, 3, 4", () => {
    const random = seededBy([1, 2, 3, 4]);
    const words = Array.from({ length: 10 }, () => random.uint32());
    expect(words).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  test("is the same for the same seed and another for another", () => {
    expect(take(7)).toEqual(take(7));
    expect(take(7)).not.toEqual(take(8));
    expect(take(Number.NaN)).toEqual(take(0));
  });

  test.prop([fc.integer(), fc.integer({ min: 1, max: 2 ** 32 })])(
    "draws below the limit and in [0, 1)",
    (seed, limit) => {
      const random = createSeededRandom(seed);
      for (let draw = 0; draw < 20; draw++) {
        const whole = random.below(limit);
        expect(Number.isInteger(whole) && whole >= 0 && whole < limit).toBe(true);
        const unit = random.unit();
        expect(unit >= 0 && unit < 1).toBe(true);
      }
    },
  );

  test("draws every face of a die about equally often: chi-square with 5 degrees of freedom below its .9999 quantile", () => {
    const random = createSeededRandom(20_240_601);
    const faces = [0, 0, 0, 0, 0, 0];
    for (let draw = 0; draw < 60_000; draw++) {
      const face = random.below(6);
      faces[face] = (faces[face] ?? 0) + 1;
    }
    const chiSquare = faces.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquare).toBeLessThan(25.74);
  });
});

function take(seed: number): readonly number[] {
  const random = createSeededRandom(seed);
  return Array.from({ length: 8 }, () => random.uint32());
}
