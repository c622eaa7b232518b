import { areaUnderCurve } from "../statistics/paired-areas.ts";
import { meanOf } from "../statistics/paired-bootstrap.ts";
import type { PairedRows, RowPredictions } from "./evidence.ts";
import type { Problem } from "./finding.ts";
import { problem } from "./finding.ts";

/** Metrics that are computed from the rows of the predictions. */
export type RowMetric = "accuracy" | "logLoss" | "brier" | "auc";

export const ROW_METRICS: readonly RowMetric[] = ["accuracy", "logLoss", "brier", "auc"];

export function isRowMetric(metric: string): metric is RowMetric {
  return (ROW_METRICS as readonly string[]).includes(metric);
}

/** A metric's value, finite, over so many rows. */
export interface Measured {
  readonly kind: "measured";
  readonly value: number;
  readonly n?: number;
}

/** The smallest probability that log loss believes, scikit-learn's choice for doubles: 2^-52. */
const LEAST_PROBABILITY = Number.EPSILON;

/**
 * What does a metric come to over the rows of one model?
 * Accuracy needs predictions; log loss, Brier score and AUC need labels 0 and 1 and scores in [0, 1] (AUC: any finite).
 */
export function measureRows(metric: RowMetric, rows: PairedRows, model: RowPredictions): Measured | Problem {
  if (rows.rows === 0) return problem("noRows", `there are no rows to compute ${metric} from`);
  if (metric === "auc") return measureArea(rows, model);
  const values = perRow(metric, rows, model);
  return values instanceof Float64Array ? { kind: "measured", value: meanOf(values), n: rows.rows } : values;
}

/** The metric's contribution of each row; its mean is the metric. Accuracy: 1 where right, else 0. */
export function perRow(
  metric: Exclude<RowMetric, "auc">,
  rows: PairedRows,
  model: RowPredictions,
): Float64Array | Problem {
  if (metric === "accuracy") {
    return Float64Array.from(rows.label, (label, row) => (label === model.prediction[row] ? 1 : 0));
  }
  const binary = binaryRows(metric, rows, model);
  if ("kind" in binary) return binary;
  const { positive, score } = binary;
  const outside = score.findIndex((value) => value < 0 || value > 1);
  if (outside !== -1) {
    return problem("badScore", `${metric} needs scores from 0 to 1; one is ${score[outside]}`);
  }
  const loss = metric === "brier" ? squaredError : logarithmicLoss;
  return score.map((value, row) => loss(positive[row] === 1 ? value : 1 - value));
}

/** Labels as 0 and 1, with the scores; a problem when the labels are other things or the scores are not there. */
export function binaryRows(
  metric: RowMetric,
  rows: PairedRows,
  model: RowPredictions,
): { readonly positive: Uint8Array; readonly score: Float64Array } | Problem {
  const { score } = model;
  if (score === undefined) return problem("missingScore", `${metric} needs the column score, and it is not there`);
  const other = rows.label.find((code) => !["0", "1"].includes(rows.classes[code] ?? ""));
  if (other !== undefined) {
    return problem("badLabel", `${metric} needs labels 0 and 1; one is ${rows.classes[other]}`);
  }
  const positive = Uint8Array.from(rows.label, (code) => (rows.classes[code] === "1" ? 1 : 0));
  return { positive, score };
}

function measureArea(rows: PairedRows, model: RowPredictions): Measured | Problem {
  const binary = binaryRows("auc", rows, model);
  if ("kind" in binary) return binary;
  const value = areaUnderCurve(binary.positive, binary.score);
  if (Number.isFinite(value)) return { kind: "measured", value, n: rows.rows };
  return problem("oneClass", `auc needs rows of both classes; all ${rows.rows} have the same label`);
}

function squaredError(ofTruth: number): number {
  return (1 - ofTruth) ** 2;
}

function logarithmicLoss(ofTruth: number): number {
  return -Math.log(Math.max(ofTruth, LEAST_PROBABILITY));
}
