import type { Json } from "../domain/json.ts";
import type { Interval } from "../statistics/interval.ts";
import { mcnemar } from "../statistics/mcnemar.ts";
import { pairedAreaDifference } from "../statistics/paired-areas.ts";
import { bootstrapMean } from "../statistics/paired-bootstrap.ts";
import { pairedDifferenceInterval } from "../statistics/paired-proportions.ts";
import type { PairedRows, RowPredictions } from "./evidence.ts";
import type { Problem } from "./finding.ts";
import { problem } from "./finding.ts";
import type { RowMetric } from "./row-metrics.ts";
import { binaryRows, perRow } from "./row-metrics.ts";

/** Candidate − champion on the same rows, with its interval and what is needed to compute it again. */
export interface Comparison {
  readonly kind: "compared";
  readonly difference: number;
  readonly interval: Interval;
  readonly n: number;
  readonly evidence: { readonly [key: string]: Json };
}

export interface ComparisonSettings {
  /** Two-sided, in (0, 1). */
  readonly confidence: number;
  readonly seed: number;
}

/**
 * By how much do candidate and champion differ on the same rows?
 * Accuracy: Tango's paired interval, with McNemar's p beside it. AUC: DeLong. Log loss and Brier score: paired bootstrap.
 */
export function comparePaired(
  metric: RowMetric,
  rows: PairedRows & { readonly champion: RowPredictions },
  settings: ComparisonSettings,
): Comparison | Problem {
  if (rows.rows === 0) return problem("noRows", `there are no rows to compare ${metric} on`);
  switch (metric) {
    case "accuracy":
      return compareAccuracy(rows, settings);
    case "auc":
      return compareAreas(rows, settings);
    case "logLoss":
    case "brier":
      return compareLosses(metric, rows, settings);
  }
}

type Pair = PairedRows & { readonly champion: RowPredictions };

function compareAccuracy({ rows, label, candidate, champion }: Pair, { confidence }: ComparisonSettings): Comparison {
  let onlyCandidate = 0;
  let onlyChampion = 0;
  label.forEach((truth, row) => {
    const first = candidate.prediction[row] === truth;
    const second = champion.prediction[row] === truth;
    if (first && !second) onlyCandidate++;
    if (second && !first) onlyChampion++;
  });
  const { test, p } = mcnemar(onlyCandidate, onlyChampion);
  const counts = { onlyFirst: onlyCandidate, onlySecond: onlyChampion, items: rows };
  return {
    kind: "compared",
    difference: (onlyCandidate - onlyChampion) / rows,
    interval: pairedDifferenceInterval(counts, confidence),
    n: rows,
    evidence: { interval: "tango", test, p, discordant: onlyCandidate + onlyChampion, onlyCandidate, onlyChampion },
  };
}

function compareAreas(rows: Pair, { confidence }: ComparisonSettings): Comparison | Problem {
  const candidate = binaryRows("auc", rows, rows.candidate);
  if ("kind" in candidate) return candidate;
  const champion = binaryRows("auc", rows, rows.champion);
  if ("kind" in champion) return { ...champion, message: `${champion.message} (champion)` };
  const scores = { positive: candidate.positive, first: candidate.score, second: champion.score };
  const { difference, lower, upper, p, standardError } = pairedAreaDifference(scores, confidence);
  if (!Number.isFinite(lower) || !Number.isFinite(upper)) {
    return problem("oneClass", `auc cannot be compared: ${rows.rows} rows hold fewer than two of one class`);
  }
  return {
    kind: "compared",
    difference,
    interval: { lower, upper, confidence },
    n: rows.rows,
    evidence: { interval: "delong", test: "delong", p, standardError },
  };
}

function compareLosses(metric: "logLoss" | "brier", rows: Pair, settings: ComparisonSettings): Comparison | Problem {
  const candidate = perRow(metric, rows, rows.candidate);
  if (!(candidate instanceof Float64Array)) return candidate;
  const champion = perRow(metric, rows, rows.champion);
  if (!(champion instanceof Float64Array)) return { ...champion, message: `${champion.message} (champion)` };
  const differences = candidate.map((loss, row) => loss - (champion[row] ?? Number.NaN));
  const { mean, lower, upper, confidence, resamples, units } = bootstrapMean(differences, settings);
  return {
    kind: "compared",
    difference: mean,
    interval: { lower, upper, confidence },
    n: rows.rows,
    evidence: {
      interval: "paired-bootstrap-percentile",
      test: "paired-bootstrap",
      resamples,
      units,
      seed: settings.seed,
    },
  };
}
