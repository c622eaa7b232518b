import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { judge, outcomes, rowsOf, SEED } from "../../test/support/evaluation.ts";
import type { GateSpec } from "../domain/plan.ts";

const noWorse = { name: "no-worse", nonInferiority: { margin: 0.02, alpha: 0.05 } };

describe("a non-inferiority gate", () => {
  test("passes an equal candidate once there are enough rows, and is open before", () => {
    expect(judge(noWorse, { rows: rowsOf(outcomes({ both: 200 })) })[0]?.status).toBe("Successful");
    expect(judge(noWorse, { rows: rowsOf(outcomes({ both: 100 })) })[0]?.status).toBe("Inconclusive");
  });

  test("fails a candidate that is worse beyond the margin for sure", () => {
    const [verdict] = judge(noWorse, {
      rows: rowsOf(outcomes({ both: 800, onlyChampion: 90, onlyCandidate: 10, neither: 100 })),
    });
    expect(verdict).toMatchObject({
      status: "Failed",
      observed: -0.08,
      bound: -0.02,
      n: 1000,
      evidence: {
        interval: "tango",
        test: "mcnemar-mid-p",
        discordant: 100,
        onlyCandidate: 10,
        onlyChampion: 90,
        alpha: 0.05,
      },
    });
    expect(verdict?.interval?.confidence).toBeCloseTo(0.9, 12);
    expect(verdict?.message).toMatch(/worse by more than 0\.02/u);
  });

  const counts = fc.record({
    both: fc.nat(300),
    onlyCandidate: fc.nat(60),
    onlyChampion: fc.nat(60),
    neither: fc.nat(60),
  });

  test.prop([counts])("never turns from a pass when the candidate gets one more row right", (seen) => {
    fc.pre(seen.onlyChampion > 0);
    const better = { ...seen, onlyChampion: seen.onlyChampion - 1, both: seen.both + 1 };
    const before = judge(noWorse, { rows: rowsOf(outcomes(seen)) })[0]?.status;
    const after = judge(noWorse, { rows: rowsOf(outcomes(better)) })[0]?.status;
    if (before === "Successful") expect(after).toBe("Successful");
    if (before === "Inconclusive") expect(after).not.toBe("Failed");
  });

  test("lets a candidate that is worse by the whole margin pass about as often as alpha says", () => {
    const passes = trinomialPassRate(400, 0.06, 0.04, { margin: 0.02, alpha: 0.05 });
    expect(passes).toBeLessThan(0.06);
    expect(passes).toBeGreaterThan(0.03);
  });

  test.each([
    ["brier", 0.01],
    ["logLoss", 0.05],
  ] as const)("bootstraps %s, where an increase is bad", (metric, margin) => {
    const gate = { metric, direction: "increase", nonInferiority: { margin, alpha: 0.05 } } as const;
    const [equal] = judge(gate, { rows: scored(0) });
    expect(equal).toMatchObject({
      status: "Successful",
      observed: 0,
      bound: margin,
      evidence: { interval: "paired-bootstrap-percentile", seed: SEED, resamples: 10_000, units: 400 },
    });
    expect(judge(gate, { rows: scored(0.3) })[0]?.status).toBe("Failed");
    expect(judge(gate, { rows: scored(0.3) })).toEqual(judge(gate, { rows: scored(0.3) }));
    expect(judge(gate, { rows: scored(-0.1) })[0]?.status).toBe("Successful");
  });

  test("compares areas by DeLong's interval", () => {
    const gate = { metric: "auc", nonInferiority: { margin: 0.01, alpha: 0.05 } };
    expect(judge(gate, { rows: scored(0) })[0]).toMatchObject({
      status: "Successful",
      evidence: { test: "delong", p: 1 },
    });
    expect(judge(gate, { rows: scored(1.2) })[0]?.status).toBe("Failed");
  });
});

const scored = (worse: number) =>
  rowsOf(
    Array.from({ length: 400 }, (_, row) => {
      const label = row % 2 === 0 ? 1 : 0;
      const championScore = 0.5 + (label - 0.5) * (0.3 + ((row * 7) % 10) / 20);
      return {
        label,
        candidate: label,
        champion: label,
        championScore,
        score: championScore - (label - 0.5) * worse,
      } as const;
    }),
  );

/** Exact chance that the gate passes, over all outcomes of n rows, when each is right for one model only with these chances. */
function trinomialPassRate(
  n: number,
  onlyChampion: number,
  onlyCandidate: number,
  nonInferiority: NonNullable<GateSpec["nonInferiority"]>,
): number {
  const logFactorial = [0];
  for (let k = 1; k <= n; k++) logFactorial.push((logFactorial[k - 1] ?? 0) + Math.log(k));
  const log = (k: number): number => logFactorial[k] ?? 0;
  let total = 0;
  for (let lost = 4; lost <= 50; lost++) {
    for (let won = 0; won <= 40; won++) {
      const rest = n - lost - won;
      const logChance = log(n) - log(lost) - log(won) - log(rest);
      const chance =
        logChance +
        lost * Math.log(onlyChampion) +
        won * Math.log(onlyCandidate) +
        rest * Math.log(1 - onlyChampion - onlyCandidate);
      const rows = rowsOf(outcomes({ both: rest, onlyChampion: lost, onlyCandidate: won }));
      if (judge({ nonInferiority }, { rows })[0]?.status === "Successful") total += Math.exp(chance);
    }
  }
  return total;
}
