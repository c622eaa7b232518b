import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { GuardrailMetric, StageCounts } from "../domain/traffic.ts";
import { createSeededRandom } from "../statistics/seeded-random.ts";
import { expectedFailuresNeeded, judgeCanary } from "./canary-judge.ts";

const plan = { metrics: ["requestFailures"], alphaHarm: 0.01, alphaSafe: 0.05, toleratedRatio: 1.5 } as const;
const both = { ...plan, metrics: ["requestFailures", "labelFailures"] } as const;

function stage(
  championFailures: number,
  championUnits: number,
  candidateFailures: number,
  candidateUnits: number,
  index = 0,
): StageCounts {
  return { stage: index, championUnits, championFailures, candidateUnits, candidateFailures };
}

/** 10 % of the units, 300 in 1,000 of them failing at the champion: enough to show safety either way. */
const safeCounts = [stage(2_700, 9_000, 270, 1_000)];
const harmCounts = [stage(45, 4_500, 20, 500)];
const openCounts = [stage(1_000, 9_000, 140, 1_000)];
const quietCounts = [stage(1, 4_500, 0, 500)];

describe("the canary judge", () => {
  test("shows harm, safety, or neither, with its numbers", () => {
    const harm = judgeCanary(plan, { requestFailures: harmCounts });
    expect(harm.status).toBe("Failed");
    expect(harm.guardrails[0]).toMatchObject({ verdict: "Failed", failures: 65, units: 5_000 });
    expect(harm.guardrails[0]?.observedRatio).toBeCloseTo(4, 12);
    expect(harm.message).toMatch(
      /^harm shown: requestFailures fails more often .*65 failures of 5000 units, ratio 4, E /u,
    );
    expect(judgeCanary(plan, { requestFailures: safeCounts })).toMatchObject({
      status: "Successful",
      message: expect.stringMatching(/^safety shown: /u),
    });
    expect(judgeCanary(plan, { requestFailures: openCounts })).not.toHaveProperty("reason");
    expect(judgeCanary(plan, { requestFailures: openCounts })).toMatchObject({
      status: "Inconclusive",
      message: expect.stringMatching(/undecided/u),
    });
  });

  test("weighs the failures as the design's check values say", () => {
    const { guardrails } = judgeCanary(plan, { requestFailures: [stage(28, 900, 12, 100)] });
    expect(Math.abs((guardrails[0]?.logEHarm ?? 0) - 4.646637032045631)).toBeLessThan(1e-12);
    const twoStages = [stage(17, 950, 3, 50), stage(21, 800, 9, 200, 1)];
    const [seen] = judgeCanary(plan, { requestFailures: twoStages }).guardrails;
    expect(Math.abs((seen?.logEHarm ?? 0) - 0.8458405864815718)).toBeLessThan(1e-12);
    const [safe] = judgeCanary(plan, { requestFailures: [stage(90, 900, 10, 100)] }).guardrails;
    expect(Math.abs((safe?.logESafe ?? 0) - 0.710880231321757)).toBeLessThan(1e-12);
  });

  test("says how many failures it needs, before and while it sees them", () => {
    expect(expectedFailuresNeeded(plan, 0.1)).toBe(407);
    const quiet = judgeCanary(plan, { requestFailures: quietCounts });
    expect(quiet).toMatchObject({ status: "Inconclusive", reason: "insufficientData" });
    expect(quiet.guardrails[0]).toMatchObject({ reason: "insufficientData", expectedFailuresNeeded: 407 });
    expect(quiet.message).toMatch(/needs about 407 failures/u);
  });

  test("has no evidence, and says for what it waits, until both arms have had units", () => {
    for (const requestFailures of [undefined, [], [stage(30, 900, 0, 0)], [stage(0, 0, 30, 900)]]) {
      const judgement = judgeCanary(plan, requestFailures === undefined ? {} : { requestFailures });
      expect(judgement).toMatchObject({
        status: "Inconclusive",
        reason: "insufficientData",
        message: expect.stringMatching(/waits for units of both arms/u),
      });
      expect(judgement.guardrails[0]?.logEHarm).toBeCloseTo(0, 12);
      expect(judgement.guardrails[0]).toMatchObject({ failures: 0 });
      expect(judgement.guardrails[0]).not.toHaveProperty("expectedFailuresNeeded");
    }
  });

  test("gives each of two guardrails half of alpha", () => {
    const between = [stage(28, 4_500, 12, 500)];
    const alone = judgeCanary(plan, { requestFailures: between });
    expect(alone.guardrails[0]?.logEHarm).toBeGreaterThan(Math.log(100));
    expect(alone.guardrails[0]?.logEHarm).toBeLessThan(Math.log(200));
    expect(alone.status).toBe("Failed");
    expect(judgeCanary(both, { requestFailures: between, labelFailures: [] }).status).toBe("Inconclusive");
  });

  test("lets harm on any guardrail win over safety on another", () => {
    expect(judgeCanary(both, { requestFailures: harmCounts, labelFailures: safeCounts }).status).toBe("Failed");
    expect(judgeCanary(both, { requestFailures: safeCounts, labelFailures: harmCounts }).status).toBe("Failed");
  });

  test("is cleared by a guardrail with many failures where another has hardly any", () => {
    expect(judgeCanary(both, { requestFailures: quietCounts, labelFailures: safeCounts })).toMatchObject({
      status: "Successful",
      guardrails: [{ verdict: "Inconclusive", reason: "insufficientData" }, { verdict: "Successful" }],
    });
    expect(judgeCanary(both, { labelFailures: safeCounts }).status).toBe("Successful");
  });

  test("is not cleared while another guardrail could have shown safety and has not", () => {
    expect(judgeCanary(both, { requestFailures: openCounts, labelFailures: safeCounts })).toMatchObject({
      status: "Inconclusive",
    });
    expect(judgeCanary(both, { requestFailures: openCounts, labelFailures: safeCounts })).not.toHaveProperty("reason");
  });

  test("is not cleared while another guardrail with few failures leans strongly towards harm", () => {
    const leaning = [stage(4, 4_500, 5, 500)];
    const judgement = judgeCanary(both, { requestFailures: leaning, labelFailures: safeCounts });
    expect(judgement.guardrails[0]?.logEHarm).toBeGreaterThan(Math.log(20));
    expect(judgement.guardrails[0]).toMatchObject({ verdict: "Inconclusive", reason: "insufficientData" });
    expect(judgement.status).toBe("Inconclusive");
  });

  test("shows an overwhelming e-value by its size", () => {
    expect(judgeCanary(plan, { requestFailures: [stage(10, 5_000, 900, 5_000)] }).message).toMatch(/E 10\^\d{2,}/u);
  });

  test.each([
    ["more failures than units", stage(5, 4, 0, 9)],
    ["more of the candidate's failures than units", stage(0, 4, 10, 9)],
    ["negative counts", stage(-1, 4, 0, 9)],
    ["counts that are not whole", stage(0.5, 4, 0, 9)],
    ["counts that are not numbers", stage(Number.NaN, 4, 0, 9)],
  ])("refuses %s", (_, impossible) => {
    expect(() => judgeCanary(plan, { requestFailures: [impossible] })).toThrow(
      /requestFailures: impossible counts in stage 0/u,
    );
  });
});

const arm = fc
  .integer({ min: 1, max: 5_000 })
  .chain((units) => fc.tuple(fc.constant(units), fc.nat(Math.min(units, 300))));
const anyStage = fc
  .tuple(arm, arm)
  .map(([[championUnits, championFailures], [candidateUnits, candidateFailures]]) =>
    stage(championFailures, championUnits, candidateFailures, candidateUnits),
  );
const stages = fc.array(anyStage, { maxLength: 4 }).map((seen) => seen.map((one, index) => ({ ...one, stage: index })));

describe("the laws of the canary judge", () => {
  test.prop([stages, anyStage])(
    "one more failure of the candidate never clears it and never ends a verdict of harm",
    (before, last) => {
      fc.pre(last.candidateFailures < last.candidateUnits);
      const worse = { ...last, candidateFailures: last.candidateFailures + 1 };
      const was = judgeCanary(plan, { requestFailures: [...before, last] }).status;
      const is = judgeCanary(plan, { requestFailures: [...before, worse] }).status;
      if (was === "Failed") expect(is).toBe("Failed");
      if (was !== "Successful") expect(is).not.toBe("Successful");
    },
  );

  test.prop([stages])("it does not matter in which order the stages are told", (seen) => {
    const one = judgeCanary(plan, { requestFailures: seen });
    const other = judgeCanary(plan, { requestFailures: seen.toReversed() });
    expect(other.status).toBe(one.status);
    expect(other.guardrails[0]?.logEHarm).toBeCloseTo(one.guardrails[0]?.logEHarm ?? 0, 8);
  });

  test.prop([stages, fc.integer({ min: 2, max: 50 })])(
    "the base rate cancels: more units of both arms alike change nothing",
    (seen, times) => {
      const calmer = seen.map((one) => ({
        ...one,
        championUnits: one.championUnits * times,
        candidateUnits: one.candidateUnits * times,
      }));
      const before = judgeCanary(plan, { requestFailures: seen });
      const after = judgeCanary(plan, { requestFailures: calmer });
      expect(after.status).toBe(before.status);
      expect(after.guardrails[0]?.logEHarm).toBeCloseTo(before.guardrails[0]?.logEHarm ?? 0, 8);
      expect(after.guardrails[0]?.logESafe).toBeCloseTo(before.guardrails[0]?.logESafe ?? 0, 8);
    },
  );

  test.prop([stages, arm, fc.boolean()])(
    "a stage in which one arm had no units tells nothing",
    (seen, [units, failures], ofCandidate) => {
      const lonely = ofCandidate ? stage(0, 0, failures, units, 9) : stage(failures, units, 0, 0, 9);
      const before = judgeCanary(plan, { requestFailures: seen });
      const after = judgeCanary(plan, { requestFailures: [...seen, lonely] });
      expect(after.status).toBe(before.status);
      expect(after.guardrails[0]).toMatchObject({
        logEHarm: before.guardrails[0]?.logEHarm,
        failures: before.guardrails[0]?.failures,
      });
    },
  );

  test.prop([stages, stages])(
    "guardrails are equals: telling them the other way round changes nothing",
    (one, other) => {
      const counts: Record<GuardrailMetric, readonly StageCounts[]> = { requestFailures: one, labelFailures: other };
      const swapped = { requestFailures: other, labelFailures: one };
      expect(judgeCanary(both, swapped).status).toBe(judgeCanary(both, counts).status);
    },
  );

  test.prop([stages])("all numbers are finite, so that the judgement can be written as JSON", (seen) => {
    const judgement = judgeCanary(plan, { requestFailures: seen });
    expect(JSON.parse(JSON.stringify(judgement))).toEqual(judgement);
  });

  test("a good candidate is rarely stopped, and a bad one rarely cleared, however often one looks", () => {
    const random = createSeededRandom(31);
    const ends = {
      good: { Failed: 0, Successful: 0, Inconclusive: 0 },
      bad: { Failed: 0, Successful: 0, Inconclusive: 0 },
    };
    for (let rollOut = 0; rollOut < 150; rollOut++) {
      ends.good[rollOutAt(0.02, 0.02, random.unit)]++;
      ends.bad[rollOutAt(0.02, 0.06, random.unit)]++;
    }
    expect(ends.good.Failed).toBeLessThanOrEqual(6);
    expect(ends.bad.Successful).toBeLessThanOrEqual(14);
    expect(ends.bad.Failed).toBeGreaterThan(135);
  });
});

/** A roll-out of 10 % and then 50 % of the units, looked at after every hundred units. */
function rollOutAt(
  championRate: number,
  candidateRate: number,
  unit: () => number,
): "Failed" | "Successful" | "Inconclusive" {
  const seen: StageCounts[] = [];
  for (const [index, share] of [0.1, 0.5].entries()) {
    let now = stage(0, 0, 0, 0, index);
    for (let look = 0; look < 100; look++) {
      for (let request = 0; request < 100; request++) {
        const isCandidate = unit() < share;
        const failed = unit() < (isCandidate ? candidateRate : championRate) ? 1 : 0;
        now = isCandidate
          ? { ...now, candidateUnits: now.candidateUnits + 1, candidateFailures: now.candidateFailures + failed }
          : { ...now, championUnits: now.championUnits + 1, championFailures: now.championFailures + failed };
      }
      const { status } = judgeCanary(plan, { requestFailures: [...seen, now] });
      if (status !== "Inconclusive") return status;
    }
    seen.push(now);
  }
  return "Inconclusive";
}
