import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fc, test as law } from "@fast-check/vitest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRolloutLedger, readLedger } from "./ledger-journal.ts";

const events = fc.array(
  fc.record({
    kind: fc.constantFrom("open" as const, "fail" as const),
    stage: fc.nat(3),
    arm: fc.constantFrom("champion" as const, "candidate" as const),
    unit: fc.maxSafeNat(),
  }),
  { maxLength: 50 },
);

describe("a roll-out's ledger", () => {
  let folder: string;
  let count = 0;
  const freshPath = () => join(folder, "below", `${(count += 1)}.log`);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-ledger-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  law.prop([events, events], { numRuns: 30 })("goes on where it was when opened again", async (before, after) => {
    const path = freshPath();
    const first = await openRolloutLedger(path, "roll-out");
    for (const { kind, stage, arm, unit } of before) first[kind](stage, arm, unit);
    first.countMirror({ mirrored: 2, differed: 1 });
    await first.flush();
    const second = await openRolloutLedger(path, "roll-out");
    expect(second.counts().filter(hasUnits)).toEqual(first.counts().filter(hasUnits));
    expect(second.mirror()).toEqual({ mirrored: 2, differed: 1, failed: 0, dropped: 0, uncompared: 0 });
    for (const { kind, stage, arm, unit } of after) {
      first[kind](stage, arm, unit);
      second[kind](stage, arm, unit);
    }
    await second.close();
    expect((await readLedger(path)).stages.counts()).toEqual(first.counts().filter(hasUnits));
  });

  test("takes no torn line for a unit", async () => {
    const path = freshPath();
    const ledger = await openRolloutLedger(path, "roll-out");
    ledger.open(0, "candidate", 99_999);
    await ledger.close();
    await appendFile(path, "u 0 candidate 25");
    const reopened = await openRolloutLedger(path, "roll-out");
    reopened.open(0, "champion", 7);
    await reopened.close();
    expect((await readLedger(path)).stages.counts()).toEqual([
      { stage: 0, championUnits: 1, championFailures: 0, candidateUnits: 1, candidateFailures: 0 },
    ]);
  });

  test("refuses to begin at nought when what it holds cannot be read", async () => {
    const blocked = join(folder, "blocked");
    await writeFile(blocked, "a file where a folder should be");
    await expect(openRolloutLedger(join(blocked, "a.log"), "roll-out")).rejects.toMatchObject({ code: "ENOTDIR" });
  });
});

function hasUnits(counts: { readonly championUnits: number; readonly candidateUnits: number }): boolean {
  return counts.championUnits + counts.candidateUnits > 0;
}
