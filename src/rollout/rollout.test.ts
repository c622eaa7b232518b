import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { Rollout, RolloutAction, StageResult } from "./rollout.ts";
import { afterAction, afterStage, begin, calledOff, isComplete, isOver, promoted } from "./rollout.ts";

const went = (next: StageResult["next"], proven = false, reason = "elapsed"): StageResult => ({
  next,
  proven,
  reason,
  message: "m",
});
const results = fc.record({
  next: fc.constantFrom<StageResult["next"]>("advance", "pause", "rollback"),
  proven: fc.boolean(),
  reason: fc.constantFrom("elapsed", "harm", "unproven", "inconclusive"),
  message: fc.string(),
});
const actions = fc.constantFrom<RolloutAction>("pause", "resume", "promote", "promoteFull");
type Move = StageResult | RolloutAction;
const moves = fc.array(fc.oneof(results, actions) as fc.Arbitrary<Move>, { maxLength: 30 });

function after(rollout: Rollout, all: readonly Move[]): Rollout {
  return all.reduce<Rollout>(
    (now, move) => (typeof move === "string" ? (afterAction(now, move, "ana") ?? now) : afterStage(now, move)),
    rollout,
  );
}

describe("a roll-out", () => {
  test("is complete after its last stage and healthy once promoted", () => {
    const done = after(begin(2), [went("advance"), went("advance", true)]);
    expect(isComplete(done)).toBe(true);
    expect(promoted(done)).toMatchObject({ phase: "Healthy", proven: true });
  });

  test("without stages is complete at once", () => {
    expect(isComplete(begin(0))).toBe(true);
  });

  test("is degraded by harm, also while a person holds it", () => {
    const held = after(begin(2), ["pause", went("rollback", false, "harm")]);
    expect(held).toMatchObject({ phase: "Degraded", message: "m" });
  });

  test("keeps a person's pause when the stage could go on", () => {
    const held = after(begin(2), ["pause", went("advance", true)]);
    expect(held).toMatchObject({ phase: "Paused", step: 0, proven: true });
    expect(after(held, ["resume", went("advance")])).toMatchObject({ phase: "Progressing", step: 1 });
  });

  test("remembers who went on without proof", () => {
    expect(after(begin(2), ["promoteFull"])).toMatchObject({ step: 2, unproven: expect.stringContaining("ana") });
    expect(after(begin(2), [went("advance", true), "promote"]).unproven).toBeUndefined();
  });

  test("remembers a step that the policy let pass without proof", () => {
    expect(after(begin(1), [went("advance", false, "unproven")])).toMatchObject({ unproven: "m", step: 1 });
  });

  property.prop([moves])("never leaves its final phases", (all) => {
    const over = calledOff(after(begin(3), all), "stop");
    expect(isOver(over)).toBe(true);
    expect(after(over, all)).toEqual(over);
    expect(promoted(over)).toEqual(over);
  });

  property.prop([moves])("never goes back a step and never passes its end", (all) => {
    let now = begin(3);
    for (const move of all) {
      const next = after(now, [move]);
      expect(next.step).toBeGreaterThanOrEqual(now.step);
      expect(next.step).toBeLessThanOrEqual(3);
      now = next;
    }
  });

  property.prop([moves])("completes only with proof or with the reason for going without", (all) => {
    const now = after(begin(2), all);
    if (isComplete(now) && !now.proven) expect(now.unproven).toBeDefined();
  });
});
