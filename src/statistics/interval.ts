/** Limits of an estimate and the confidence they were made at, as a fraction: .95 leaves .025 on each side. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
  readonly confidence: number;
}
