import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { FailureStage } from "./canary-evidence.ts";
import { informationPerFailure, logHarmEvidence, logSafeEvidence } from "./canary-evidence.ts";

const stage = (candidateFailures: number, failures: number, share: number): FailureStage => ({
  share,
  failures,
  candidateFailures,
});

const share = fc.double({ min: 0.01, max: 0.99, noNaN: true });
const anyStage = fc
  .tuple(fc.nat(200), share)
  .chain(([failures, observed]) => fc.nat(failures).map((candidate) => stage(candidate, failures, observed)));
const stages = fc.array(anyStage, { maxLength: 5 });

describe("the evidence of a canary's failures", () => {
  test("has the check values of its design", () => {
    expect(Math.abs(logHarmEvidence([stage(12, 40, 0.1)]) - 4.646637032045631)).toBeLessThan(1e-12);
    expect(Math.abs(logHarmEvidence([stage(3, 20, 0.05), stage(9, 30, 0.2)]) - 0.8458405864815718)).toBeLessThan(1e-12);
    expect(Math.abs(logSafeEvidence([stage(10, 100, 0.1)], 1.5) - 0.710880231321757)).toBeLessThan(1e-12);
  });

  test("has the products' value over two stages, computed apart with NumPy", () => {
    const both = [stage(3, 20, 0.05), stage(9, 30, 0.2)];
    expect(Math.abs(logSafeEvidence(both, 2) - -2.112119203334442)).toBeLessThan(1e-12);
  });

  test("is nothing before anything has failed", () => {
    expect(logHarmEvidence([])).toBeCloseTo(0, 12);
    expect(logSafeEvidence([], 1.5)).toBeCloseTo(0, 12);
    expect(logHarmEvidence([stage(0, 0, 0.3)])).toBeCloseTo(0, 12);
  });

  test.prop([stages, fc.integer()])("does not depend on the order of the stages", (seen, turn) => {
    const at = seen.length === 0 ? 0 : Math.abs(turn) % seen.length;
    const turned = [...seen.slice(at), ...seen.slice(0, at)];
    expect(logHarmEvidence(turned)).toBeCloseTo(logHarmEvidence(seen), 9);
    expect(logSafeEvidence(turned, 1.5)).toBeCloseTo(logSafeEvidence(seen, 1.5), 9);
  });

  test.prop([stages])("is the same for a stage told at once or in two halves", (seen) => {
    const halved = seen.flatMap(({ share: observed, failures, candidateFailures }) => {
      const candidate = Math.floor(candidateFailures / 2);
      const champion = Math.floor((failures - candidateFailures) / 2);
      const half = stage(candidate, candidate + champion, observed);
      return [half, stage(candidateFailures - candidate, failures - candidate - champion, observed)];
    });
    expect(logHarmEvidence(halved)).toBeCloseTo(logHarmEvidence(seen), 9);
  });

  test.prop([stages, anyStage])(
    "of harm grows, and of safety shrinks, when one failure moves to the candidate",
    (before, last) => {
      fc.pre(last.candidateFailures < last.failures);
      const moved = { ...last, candidateFailures: last.candidateFailures + 1 };
      expect(logHarmEvidence([...before, moved])).toBeGreaterThan(logHarmEvidence([...before, last]));
      expect(logSafeEvidence([...before, moved], 1.5)).toBeLessThan(logSafeEvidence([...before, last], 1.5));
    },
  );

  test.prop([anyStage])("can only grow at once by a candidate's failure (harm) or a champion's (safety)", (seen) => {
    const championFails = { ...seen, failures: seen.failures + 1 };
    const candidateFails = { ...championFails, candidateFailures: seen.candidateFailures + 1 };
    expect(logHarmEvidence([championFails])).toBeLessThanOrEqual(logHarmEvidence([seen]) + 1e-9);
    expect(logSafeEvidence([candidateFails], 1.5)).toBeLessThanOrEqual(logSafeEvidence([seen], 1.5) + 1e-9);
  });

  test.prop([share, fc.integer({ min: 1, max: 12 })])(
    "has a mean of 1 when there is no harm, so that 1/α is rarely reached",
    (observed, failures) => {
      let harm = 0;
      let safe = 0;
      const theta = (1.5 * observed) / (1.5 * observed + 1 - observed);
      for (let candidate = 0; candidate <= failures; candidate++) {
        const seen = [stage(candidate, failures, observed)];
        harm += binomial(failures, candidate, observed) * Math.exp(logHarmEvidence(seen));
        safe += binomial(failures, candidate, theta) * Math.exp(logSafeEvidence(seen, 1.5));
      }
      expect(harm).toBeCloseTo(1, 9);
      expect(safe).toBeCloseTo(1, 9);
    },
  );

  test("tells per failure what the divergence of whose failure it is says", () => {
    expect(informationPerFailure(0.1, 2, 1)).toBeCloseTo(0.03071658029748328, 14);
    expect(informationPerFailure(0.3, 1.4, 1.4)).toBe(0);
  });
});

function binomial(trials: number, successes: number, probability: number): number {
  let ways = 1;
  for (let index = 0; index < successes; index++) ways *= (trials - index) / (index + 1);
  return ways * probability ** successes * (1 - probability) ** (trials - successes);
}
