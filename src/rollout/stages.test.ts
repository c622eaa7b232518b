import { describe, expect, test } from "vitest";
import { stagesOf } from "./stages.ts";

const setWeight = (percent: number) => ({ kind: "setWeight", percent }) as const;
const pause = (durationMs?: number, minSamples = 0) =>
  ({ kind: "pause", minSamples, ...(durationMs === undefined ? {} : { durationMs }) }) as const;
const analysis = { kind: "analysis" } as const;

describe("the stages of a roll-out", () => {
  test("are one for each stretch of constant traffic", () => {
    const stages = stagesOf([
      { kind: "setMirrorRoute", percent: 100 },
      pause(5_000, 50),
      { kind: "setMirrorRoute", percent: 0 },
      setWeight(10),
      pause(5_000, 100),
      analysis,
      setWeight(50),
      pause(5_000),
      setWeight(100),
    ]);
    expect(stages.map(({ candidatePercent, mirrorPercent }) => [candidatePercent, mirrorPercent])).toEqual([
      [0, 100],
      [10, 0],
      [50, 0],
    ]);
    expect(stages.map((stage) => stage.durationMs)).toEqual([5_000, 5_000, 5_000]);
    expect(stages.map((stage) => stage.minSamples)).toEqual([50, 100, 0]);
  });

  test("end with one that waits for a verdict, even when no step asks for an analysis", () => {
    expect(stagesOf([setWeight(10), pause(1_000), setWeight(100)]).map((stage) => stage.analysis)).toEqual([true]);
    expect(stagesOf([setWeight(50)]).map((stage) => stage.analysis)).toEqual([true]);
  });

  test("leave out a closing weight of 100, which is the promotion itself", () => {
    expect(stagesOf([setWeight(100)])).toEqual([]);
  });

  test("keep a closing weight of 100 that is held", () => {
    expect(stagesOf([setWeight(100), pause(1_000)]).map((stage) => stage.candidatePercent)).toEqual([100]);
  });

  test("wait for a person at a pause without an end", () => {
    expect(stagesOf([setWeight(10), pause(), setWeight(20), analysis])[0]?.untilResumed).toBe(true);
    expect(stagesOf([setWeight(10), pause(undefined, 10), analysis])[0]?.untilResumed).toBe(false);
  });

  test("add up the pauses between two changes of traffic", () => {
    expect(stagesOf([setWeight(10), pause(1_000, 5), pause(2_000, 3), analysis])).toMatchObject([
      { durationMs: 3_000, minSamples: 5 },
    ]);
  });
});
