import { describe, expect, test } from "vitest";
import type { AnalysisPlan } from "../domain/plan.ts";
import { decideStage } from "./stage-decision.ts";
import type { StageLook } from "./stage-decision.ts";

const analysis: AnalysisPlan = {
  metrics: ["requestFailures"],
  alphaHarm: 0.01,
  alphaSafe: 0.05,
  toleratedRatio: 1.5,
  onInsufficientData: "pause",
  onInconclusive: "pause",
  deadlineMs: 10_000,
  intervalMs: 100,
};
const stage = {
  candidatePercent: 10,
  mirrorPercent: 0,
  durationMs: 1_000,
  minSamples: 20,
  timeoutMs: 5_000,
  analysis: true,
  untilResumed: false,
};
const look = (changes: Partial<StageLook> = {}): StageLook => ({
  stage,
  analysis,
  judgement: { status: "Inconclusive", message: "open" },
  elapsedMs: 2_000,
  samples: 30,
  proven: false,
  ...changes,
});

describe("a stage", () => {
  test("turns back on harm at any time, paused or not", () => {
    const harm = { status: "Failed", message: "harmful" } as const;
    for (const elapsedMs of [0, 500, 99_999]) {
      expect(decideStage(look({ judgement: harm, elapsedMs }))).toMatchObject({ next: "rollback", reason: "harm" });
      expect(decideStage(look({ judgement: harm, elapsedMs, heldForMs: 1e9 }))).toMatchObject({ next: "rollback" });
    }
  });

  test("waits for its time and for its samples", () => {
    const safe = { status: "Successful", message: "safe" } as const;
    expect(decideStage(look({ judgement: safe, elapsedMs: 999 }))).toBeUndefined();
    expect(decideStage(look({ judgement: safe, samples: 19 }))).toBeUndefined();
    expect(decideStage(look({ judgement: safe }))).toMatchObject({ next: "advance", proven: true });
  });

  test("with an analysis goes on only when safety was shown, now or before", () => {
    expect(decideStage(look())).toBeUndefined();
    expect(decideStage(look({ proven: true }))).toMatchObject({ next: "advance", proven: true });
  });

  test("without an analysis goes on when its time is over", () => {
    expect(decideStage(look({ stage: { ...stage, analysis: false } }))).toMatchObject({
      next: "advance",
      proven: false,
    });
  });

  test("pauses when the samples do not come", () => {
    expect(decideStage(look({ samples: 1, elapsedMs: 5_000 }))).toMatchObject({
      next: "pause",
      reason: "insufficientData",
    });
  });

  test.each([
    ["fail", { next: "rollback", reason: "insufficientData" }],
    ["advance", { next: "advance", reason: "unproven", proven: false }],
  ] as const)("treats missing data as the spec says: %s", (onInsufficientData, expected) => {
    const decided = decideStage(look({ samples: 1, elapsedMs: 6_000, analysis: { ...analysis, onInsufficientData } }));
    expect(decided).toMatchObject(expected);
  });

  test("waits on for missing data where the spec says extend", () => {
    const patient = { ...analysis, onInsufficientData: "extend" } as const;
    expect(decideStage(look({ samples: 1, elapsedMs: 6_000, analysis: patient }))).toBeUndefined();
  });

  test("that is inconclusive at its deadline pauses or rolls back, as the spec says", () => {
    expect(decideStage(look({ elapsedMs: 11_000 }))).toMatchObject({ next: "pause", reason: "inconclusive" });
    const strict = { ...analysis, onInconclusive: "rollback" } as const;
    expect(decideStage(look({ elapsedMs: 11_000, analysis: strict }))).toMatchObject({ next: "rollback" });
  });

  test("that only mirrors cannot be judged and goes on when enough was mirrored", () => {
    const mirror = { ...stage, candidatePercent: 0, mirrorPercent: 100 };
    expect(decideStage(look({ stage: mirror }))).toMatchObject({ next: "advance", proven: false });
  });

  test("ends a pause that nobody ended", () => {
    expect(decideStage(look({ heldForMs: 1_999 }))).toMatchObject({ next: "rollback", reason: "pauseTimeout" });
    expect(decideStage(look({ heldForMs: 5_000, proven: true }))).toBeUndefined();
  });
});
