import { informationPerFailure } from "../src/statistics/canary-evidence.ts";
import { createSeededRandom } from "../src/statistics/seeded-random.ts";
import { wilsonInterval } from "../src/statistics/wilson.ts";
import type { OperatingCell } from "./canary/operating-table.ts";
import { simulateTable } from "./canary/operating-table.ts";
import { alarmsOnSameStreams } from "./canary/same-streams.ts";
import type { Ending, Scene } from "./canary/simulated-roll-out.ts";
import { PLAN, rollOutOnce, watchForHarm } from "./canary/simulated-roll-out.ts";

const SEED = 20_260_101;
const ROLLOUTS_PER_SHARE = 20_000;
const TABLE_ROLLOUTS = 2_000;
const SHARES = [0.5, 0.1] as const;
/** A good release is watched over so many failures of both arms; alarms get ever rarer later on. */
const WATCHED_FAILURES = 1_000;
const WALD_RATIOS = [2, 3, 5] as const;

const MOST_FALSE_ALARMS = 0.02;
const MOST_WALD = 1.45;

/** Error rates and speed of the canary judge, by simulation of whole roll-outs with a fixed seed. */
export async function run(log: (line: string) => void): Promise<Record<string, unknown>> {
  log(`false alarms: ${ROLLOUTS_PER_SHARE} good releases at each share, watched for ${WATCHED_FAILURES} failures`);
  const falseAlarms = worst(
    SHARES.map((share, index) => {
      const scene = { share, ratio: 1, mostFailures: WATCHED_FAILURES };
      return rateOf(play(watchForHarm, scene, SEED + index), ({ status }) => status === "Failed");
    }),
  );
  log(`false alarms: ${falseAlarms.rate}, at most ${falseAlarms.upper99.toFixed(4)}`);

  log(`missed harms: ${ROLLOUTS_PER_SHARE} releases of risk ratio 2 at each share`);
  const missedHarms = worst(
    SHARES.map((share, index) => {
      const scene = { share, ratio: 2, mostFailures: 10_000 };
      return rateOf(play(rollOutOnce, scene, SEED + 10 + index), ({ status }) => status !== "Failed");
    }),
  );
  log(`missed harms: ${missedHarms.rate}`);

  const waldRatios = Object.fromEntries(
    WALD_RATIOS.map((ratio) => [
      ratio,
      waldRatio(play(watchForHarm, { share: 0.1, ratio, mostFailures: 100_000 }, SEED + 20 + ratio), ratio),
    ]),
  );
  log(`failures to a verdict of harm, against Wald's bound: ${JSON.stringify(waldRatios)}`);

  const streams = alarmsOnSameStreams(ROLLOUTS_PER_SHARE, SEED + 30);
  log(`on the same streams of a good release: judge ${streams.judge}, naive rule ${streams.naive}`);

  const table = simulateTable(TABLE_ROLLOUTS, SEED + 40, log);
  return {
    seed: SEED,
    rollouts: ROLLOUTS_PER_SHARE * SHARES.length,
    falseAlarmRate: falseAlarms.rate,
    falseAlarmUpper99: rounded(falseAlarms.upper99),
    missedHarmRate: missedHarms.rate,
    missedHarmUpper99: rounded(missedHarms.upper99),
    naiveFalseAlarmRate: streams.naive,
    judgeFalseAlarmRateOnSameStreams: streams.judge,
    medianFailures: Object.fromEntries([1, 2, 3].map((ratio) => [ratio, medianAt(table.cells, ratio)])),
    waldRatio: Math.max(...Object.values(waldRatios)),
    waldRatios,
    operatingTable: table.cells,
    broken: [
      ...(falseAlarms.upper99 <= MOST_FALSE_ALARMS
        ? []
        : [`false alarms may reach ${falseAlarms.upper99}, above ${MOST_FALSE_ALARMS}`]),
      ...(missedHarms.upper99 <= PLAN.alphaSafe
        ? []
        : [`missed harms may reach ${missedHarms.upper99}, above ${PLAN.alphaSafe}`]),
      ...Object.entries(waldRatios)
        .filter(([, wald]) => wald > MOST_WALD)
        .map(([ratio, wald]) => `at risk ratio ${ratio} it takes ${wald} times Wald's bound, above ${MOST_WALD}`),
      ...table.deviations,
    ],
  };
}

function play(rollOut: typeof rollOutOnce, scene: Scene, seed: number): readonly Ending[] {
  const random = createSeededRandom(seed);
  return Array.from({ length: ROLLOUTS_PER_SHARE }, () => rollOut(random, scene));
}

interface Rate {
  readonly rate: number;
  /** One-sided upper limit with 99 % confidence (Wilson). */
  readonly upper99: number;
}

function rateOf(endings: readonly Ending[], counts: (ending: Ending) => boolean): Rate {
  const found = endings.filter((ending) => counts(ending)).length;
  return { rate: found / endings.length, upper99: wilsonInterval(found, endings.length, 0.98).upper };
}

function worst(rates: readonly Rate[]): Rate {
  return rates.reduce((one, other) => (other.rate > one.rate ? other : one));
}

/** Mean failures to `Failed`, over the fewest that any test of this level can do with: ln(1/α) / KL (Wald). */
function waldRatio(endings: readonly Ending[], ratio: number): number {
  const mean = endings.reduce((sum, { failures }) => sum + failures, 0) / endings.length;
  return rounded(mean / (Math.log(1 / PLAN.alphaHarm) / informationPerFailure(0.1, ratio, 1)));
}

function medianAt(cells: readonly OperatingCell[], ratio: number): number | undefined {
  return cells.find((cell) => cell.share === 0.1 && cell.ratio === ratio)?.median;
}

function rounded(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}
