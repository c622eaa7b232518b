import { fc, test as law } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { BUCKETS, bucketOf, isWithinShare, unitOf } from "./sticky-bucket.ts";

const percents = fc.integer({ min: 0, max: BUCKETS }).map((hundredths) => hundredths / 100);

describe("a sticky bucket", () => {
  // The expected hundredths are of flagd's fractional_test.go, seed "headerColor", four colours of 25 each.
  test.each([
    ["rachel@faas.com", 42],
    ["monica@faas.com", 77],
    ["joey@faas.com", 7],
    ["ross@faas.com", 37],
  ])("of %s is flagd's", (email, expected) => {
    expect(bucketOf("headerColor", email, 100)).toBe(expected);
  });

  law.prop([fc.string(), fc.string()])("is one of the ten thousand", (seed, key) => {
    const bucket = bucketOf(seed, key);
    expect(Number.isInteger(bucket) && bucket >= 0 && bucket < BUCKETS).toBe(true);
  });

  law.prop([fc.string(), fc.string(), percents, percents])(
    "keeps a key that a smaller share had",
    (seed, key, one, other) => {
      const [smaller, larger] = one < other ? [one, other] : [other, one];
      if (isWithinShare(seed, key, smaller)) expect(isWithinShare(seed, key, larger)).toBe(true);
    },
  );

  law.prop([fc.string(), fc.string()])("gives nobody at 0 and everybody at 100", (seed, key) => {
    expect(isWithinShare(seed, key, 0)).toBe(false);
    expect(isWithinShare(seed, key, 100)).toBe(true);
  });

  test.each([0.07, 1, 10, 29, 57.01])("has the share of %d percent of the buckets exactly", (percent) => {
    let within = 0;
    const total = 200_000;
    for (let index = 0; index < total; index += 1) within += isWithinShare("seed", `key-${index}`, percent) ? 1 : 0;
    const expected = percent / 100;
    const error = Math.sqrt((expected * (1 - expected)) / total);
    expect(Math.abs(within / total - expected)).toBeLessThan(5 * error);
  });
});

describe("a unit's number", () => {
  law.prop([fc.string()])("is a whole number that JavaScript holds exactly", (key) => {
    expect(Number.isSafeInteger(unitOf(key)) && unitOf(key) >= 0).toBe(true);
  });

  test("tells a hundred thousand keys apart", () => {
    const units = new Set(Array.from({ length: 100_000 }, (_, index) => unitOf(`person-${index}`)));
    expect(units.size).toBe(100_000);
  });
});
