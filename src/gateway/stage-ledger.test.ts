import { fc, test as law } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { createStageLedger } from "./stage-ledger.ts";

const arms = fc.constantFrom("champion" as const, "candidate" as const);
const events = fc.array(
  fc.record({
    kind: fc.constantFrom("open" as const, "fail" as const),
    stage: fc.nat(2),
    arm: arms,
    unit: fc.nat(20),
  }),
);

describe("a stage ledger", () => {
  test("counts a key once a stage, and its first failure only", () => {
    const ledger = createStageLedger();
    expect(ledger.open(0, "candidate", 7)).toBe(true);
    expect(ledger.open(0, "candidate", 7)).toBe(false);
    expect(ledger.fail(0, "candidate", 7)).toBe(true);
    expect(ledger.fail(0, "candidate", 7)).toBe(false);
    ledger.open(1, "candidate", 7);
    expect(ledger.counts()).toEqual([
      { stage: 0, championUnits: 0, championFailures: 0, candidateUnits: 1, candidateFailures: 1 },
      { stage: 1, championUnits: 0, championFailures: 0, candidateUnits: 1, candidateFailures: 0 },
    ]);
  });

  test("counts no further keys of either arm once a stage is full, and says so", () => {
    const ledger = createStageLedger(2);
    ledger.open(0, "champion", 1);
    ledger.open(0, "candidate", 2);
    expect(ledger.open(0, "champion", 3)).toBe(false);
    expect(ledger.fail(0, "champion", 3)).toBe(false);
    expect(ledger.fail(0, "champion", 1)).toBe(true);
    expect(ledger.uncountedRequests()).toBe(1);
  });

  law.prop([events])("is the same when everything is told twice", (told) => {
    const once = createStageLedger();
    const twice = createStageLedger();
    for (const { kind, stage, arm, unit } of told) {
      once[kind](stage, arm, unit);
      twice[kind](stage, arm, unit);
      twice[kind](stage, arm, unit);
    }
    expect(twice.counts()).toEqual(once.counts());
  });

  law.prop([events])("never has more failures than units, nor goes back", (told) => {
    const ledger = createStageLedger();
    let before = 0;
    for (const { kind, stage, arm, unit } of told) {
      ledger[kind](stage, arm, unit);
      const counts = ledger.counts();
      for (const stageCounts of counts) {
        expect(stageCounts.championFailures).toBeLessThanOrEqual(stageCounts.championUnits);
        expect(stageCounts.candidateFailures).toBeLessThanOrEqual(stageCounts.candidateUnits);
      }
      const total = counts.reduce(
        (sum, one) => sum + one.championUnits + one.championFailures + one.candidateUnits + one.candidateFailures,
        0,
      );
      expect(total).toBeGreaterThanOrEqual(before);
      before = total;
    }
  });
});
