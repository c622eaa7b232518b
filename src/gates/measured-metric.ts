import type { EvaluationEvidence, PairedRows } from "./evidence.ts";
import type { Problem } from "./finding.ts";
import { problem } from "./finding.ts";
import type { Measured } from "./row-metrics.ts";
import { isRowMetric, measureRows } from "./row-metrics.ts";

/**
 * A model's value of a gate's metric: from the rows where they give it, else as reported in metrics.json.
 * Missing and not finite are problems, never values.
 */
export function measuredMetric(
  metric: string,
  model: "candidate" | "champion",
  evidence: EvaluationEvidence,
  rows: PairedRows | undefined,
): Measured | Problem {
  if (!isRowMetric(metric)) return reportedMetric(metric, model, evidence);
  if (rows === undefined) {
    return evidence.rowsProblem === undefined
      ? reportedMetric(metric, model, evidence)
      : problem("badPredictions", evidence.rowsProblem);
  }
  const answers = rows[model];
  if (answers !== undefined) return measureRows(metric, rows, answers);
  return problem("notPaired", evidence.pairingProblem ?? `the ${model} has no predictions`);
}

function reportedMetric(
  metric: string,
  model: "candidate" | "champion",
  evidence: EvaluationEvidence,
): Measured | Problem {
  const metrics = model === "candidate" ? evidence.candidateMetrics : evidence.championMetrics;
  const reported = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  if (reported === undefined) {
    const known = Object.keys(metrics).slice(0, 20).join(", ") || "none";
    const message = `the ${model}'s evaluation reported no ${metric}; it reported: ${known}`;
    return problem("missingMetric", evidence.metricsProblems[model] ?? message);
  }
  if (!Number.isFinite(reported.value)) {
    return problem("notFinite", `the ${model}'s ${metric} is not a number that can be compared: ${reported.value}`);
  }
  return { kind: "measured", value: reported.value, ...(reported.n !== undefined && { n: reported.n }) };
}
