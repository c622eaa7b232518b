/** A column of the predictions whose values make slices. */
export interface SliceColumn {
  /** The distinct values as text; a missing value is `null`. */
  readonly values: readonly string[];
  /** For each row, the index of its value. */
  readonly codes: Int32Array;
}

/** What one model answered, row by row. */
export interface RowPredictions {
  /** Index into the classes. */
  readonly prediction: Int32Array;
  /** Probability of the positive class, as the model's job wrote it. */
  readonly score?: Float64Array;
}

/** Answers of the candidate, and of the champion where there is one, to the same rows in the same order. */
export interface PairedRows {
  readonly rows: number;
  /** Distinct labels and predictions as text. */
  readonly classes: readonly string[];
  /** Index into the classes. */
  readonly label: Int32Array;
  readonly candidate: RowPredictions;
  readonly champion?: RowPredictions;
  /** The columns that were asked for and are there. */
  readonly slices: Readonly<Record<string, SliceColumn>>;
}

/** A metric as the evaluation job reported it; `value` may be anything a job writes, NaN included. */
export interface ReportedMetric {
  readonly value: number;
  readonly n?: number;
}

export type ReportedMetrics = Readonly<Record<string, ReportedMetric>>;

/**
 * All that the gates judge. What could not be read is a problem in words, so that the gates that need it end in
 * `Error` and the report says why; the other gates are judged all the same.
 */
export interface EvaluationEvidence {
  /** Is there a champion to compare with? */
  readonly baseline: boolean;
  readonly rows?: PairedRows;
  /** Why there are no rows, when the candidate's predictions are there but unusable. */
  readonly rowsProblem?: string;
  /** Why the champion's answers are not in the rows, although there is a champion. */
  readonly pairingProblem?: string;
  /** Why a slice column that was asked for is not in the rows, by column. */
  readonly sliceProblems: Readonly<Record<string, string>>;
  readonly candidateMetrics: ReportedMetrics;
  readonly championMetrics: ReportedMetrics;
  /** Why a model's metrics.json could not be read. */
  readonly metricsProblems: Readonly<Partial<Record<"candidate" | "champion", string>>>;
}
