import { quantile } from "../../src/statistics/paired-bootstrap.ts";
import { createSeededRandom } from "../../src/statistics/seeded-random.ts";
import type { Ending } from "./simulated-roll-out.ts";
import { rollOutOnce } from "./simulated-roll-out.ts";

/** One cell: how roll-outs with this share and this true risk ratio end, and after how many failures of both arms. */
export interface OperatingCell {
  readonly share: number;
  readonly ratio: number;
  readonly failed: number;
  readonly safe: number;
  readonly median: number;
  readonly p90: number;
}

/** The table that the design was chosen by: an independent simulation with 300 to 1,000 roll-outs a cell. */
const DESIGNED: readonly OperatingCell[] = [
  { share: 0.5, ratio: 1, failed: 0.008, safe: 0.992, median: 105, p90: 288 },
  { share: 0.5, ratio: 1.25, failed: 0.48, safe: 0.52, median: 402, p90: 856 },
  { share: 0.5, ratio: 1.5, failed: 0.95, safe: 0.05, median: 251, p90: 488 },
  { share: 0.5, ratio: 2, failed: 0.999, safe: 0.001, median: 94, p90: 184 },
  { share: 0.5, ratio: 3, failed: 1, safe: 0, median: 39, p90: 79 },
  { share: 0.5, ratio: 5, failed: 1, safe: 0, median: 21, p90: 39 },
  { share: 0.5, ratio: 10, failed: 1, safe: 0, median: 14, p90: 21 },
  { share: 0.1, ratio: 1, failed: 0.003, safe: 0.997, median: 293, p90: 716 },
  { share: 0.1, ratio: 1.25, failed: 0.46, safe: 0.54, median: 775, p90: 1976 },
  { share: 0.1, ratio: 1.5, failed: 0.96, safe: 0.04, median: 533, p90: 1138 },
  { share: 0.1, ratio: 2, failed: 0.998, safe: 0.003, median: 177, p90: 382 },
  { share: 0.1, ratio: 3, failed: 1, safe: 0, median: 60, p90: 123 },
  { share: 0.1, ratio: 5, failed: 1, safe: 0, median: 22, p90: 49 },
  { share: 0.1, ratio: 10, failed: 1, safe: 0, median: 10, p90: 19 },
];

/** The fewest roll-outs that a cell of the designed table may rest on. */
const DESIGNED_ROLLOUTS = 300;
/** Differences beyond this many standard errors are not chance: 56 figures are compared. */
const STANDARD_ERRORS = 3.5;
const MOST_FAILURES = 20_000;

export interface SimulatedTable {
  readonly cells: readonly OperatingCell[];
  /** Figures that are not the designed ones within the two simulations' error. */
  readonly deviations: readonly string[];
}

/** Simulates every cell with its own seed. */
export function simulateTable(rollouts: number, seed: number, log: (line: string) => void): SimulatedTable {
  const rows = DESIGNED.map((designed, index) => {
    const random = createSeededRandom(seed + index);
    const scene = { share: designed.share, ratio: designed.ratio, mostFailures: MOST_FAILURES };
    const endings = Array.from({ length: rollouts }, () => rollOutOnce(random, scene));
    const cell = cellOf(designed, endings);
    log(`share ${cell.share}, ratio ${cell.ratio}: ${cell.failed} failed, median ${cell.median}, p90 ${cell.p90}`);
    return { cell, deviations: deviationsOf(cell, designed, endings) };
  });
  return { cells: rows.map(({ cell }) => cell), deviations: rows.flatMap(({ deviations }) => deviations) };
}

function cellOf({ share, ratio }: OperatingCell, endings: readonly Ending[]): OperatingCell {
  const failures = sortedFailures(endings);
  const rate = (status: Ending["status"]): number =>
    endings.filter((ending) => ending.status === status).length / endings.length;
  const median = Math.round(quantile(failures, 0.5));
  return {
    share,
    ratio,
    failed: rate("Failed"),
    safe: rate("Successful"),
    median,
    p90: Math.round(quantile(failures, 0.9)),
  };
}

function sortedFailures(endings: readonly Ending[]): Float64Array {
  return Float64Array.from(endings, ({ failures }) => failures).toSorted();
}

function deviationsOf(cell: OperatingCell, designed: OperatingCell, endings: readonly Ending[]): readonly string[] {
  const failures = sortedFailures(endings);
  const perRollout = Math.sqrt(1 / DESIGNED_ROLLOUTS + 1 / endings.length);
  const ofShare = (wanted: number): number => {
    const within = Math.min(Math.max(wanted, 1 / DESIGNED_ROLLOUTS), 1 - 1 / DESIGNED_ROLLOUTS);
    return STANDARD_ERRORS * Math.sqrt(within * (1 - within)) * perRollout;
  };
  /** The asymptotic error of a quantile, sqrt(p(1−p)) over the density, which the neighbouring quantiles give; half a failure is rounding. */
  const ofQuantile = (at: number, width: number): number => {
    const slope = (quantile(failures, at + width) - quantile(failures, at - width)) / (2 * width);
    return 1 + STANDARD_ERRORS * Math.sqrt(at * (1 - at)) * slope * perRollout;
  };
  const compared = [
    ["failed", ofShare(designed.failed)],
    ["safe", ofShare(designed.safe)],
    ["median", ofQuantile(0.5, 0.1)],
    ["p90", ofQuantile(0.9, 0.05)],
  ] as const;
  return compared
    .filter(([figure, tolerance]) => Math.abs(cell[figure] - designed[figure]) > tolerance)
    .map(
      ([figure, tolerance]) =>
        `share ${cell.share}, ratio ${cell.ratio}: ${figure} is ${cell[figure]}, designed ${designed[figure]} ± ${tolerance.toPrecision(2)}`,
    );
}
