import type { GuardrailMetric, StageCounts } from "../domain/traffic.ts";

export interface CountsQuery {
  readonly environment: string;
  readonly endpoint: string;
  readonly rolloutId: string;
  readonly metric: GuardrailMetric;
}

export interface MirrorCounts {
  readonly mirrored: number;
  /** Mirrored requests whose answer had another decision than the champion's. */
  readonly differed: number;
  /** Mirrored requests that failed or timed out at the candidate. */
  readonly failed: number;
}

/** Counts failures of both arms, cumulative over a roll-out. */
export interface MetricSource {
  /** One entry per stage that has seen traffic, in order of stage. @throws {SlipwayError} `backend.unavailable` */
  counts(query: CountsQuery): Promise<readonly StageCounts[]>;
  mirror(query: Omit<CountsQuery, "metric">): Promise<MirrorCounts>;
}
