import type { AnalysisPlan } from "../../src/domain/plan.ts";
import type { CanaryJudgement } from "../../src/gates/canary-judge.ts";
import { judgeCanary } from "../../src/gates/canary-judge.ts";
import type { SeededRandom } from "../../src/statistics/seeded-random.ts";

/** The defaults of a canary, with one guardrail. */
export const PLAN: Pick<AnalysisPlan, "metrics" | "alphaHarm" | "alphaSafe" | "toleratedRatio"> = {
  metrics: ["requestFailures"],
  alphaHarm: 0.01,
  alphaSafe: 0.05,
  toleratedRatio: 1.5,
};

/** Units of a simulated stage: so many that the observed share is the wanted one and no arm runs out of them. */
const UNITS = 10_000_000;

export interface Scene {
  /** The candidate's share of units. */
  readonly share: number;
  /** True risk ratio of candidate to champion. */
  readonly ratio: number;
  /** The roll-out ends undecided after so many failures of both arms. */
  readonly mostFailures: number;
}

export interface Ending {
  readonly status: CanaryJudgement["status"];
  /** Failures of both arms when it was decided. */
  readonly failures: number;
}

/** One roll-out, judged after every single failure until the first verdict. */
export function rollOutOnce(random: SeededRandom, scene: Scene): Ending {
  return play(
    random,
    scene,
    () => true,
    ({ status }) => status !== "Inconclusive",
  );
}

/**
 * One roll-out in which only harm ends it, as while a stage is watched. Harm can fire only when the candidate fails
 * (its evidence shrinks otherwise), so looking only then misses nothing.
 */
export function watchForHarm(random: SeededRandom, scene: Scene): Ending {
  return play(
    random,
    scene,
    (candidateFailed) => candidateFailed,
    ({ status }) => status === "Failed",
  );
}

function play(
  random: SeededRandom,
  { share, ratio, mostFailures }: Scene,
  isLookedAt: (candidateFailed: boolean) => boolean,
  isOver: (judgement: CanaryJudgement) => boolean,
): Ending {
  const candidatesOwn = (share * ratio) / (share * ratio + 1 - share);
  const candidateUnits = Math.round(share * UNITS);
  let candidateFailures = 0;
  for (let failures = 1; failures <= mostFailures; failures++) {
    const candidateFailed = random.unit() < candidatesOwn;
    if (candidateFailed) candidateFailures++;
    if (!isLookedAt(candidateFailed)) continue;
    const championFailures = failures - candidateFailures;
    const stage = {
      stage: 0,
      championUnits: UNITS - candidateUnits,
      championFailures,
      candidateUnits,
      candidateFailures,
    };
    const judgement = judgeCanary(PLAN, { requestFailures: [stage] });
    if (isOver(judgement)) return { status: judgement.status, failures };
  }
  return { status: "Inconclusive", failures: mostFailures };
}
