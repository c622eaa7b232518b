import type { ReleaseResult, ReleaseStatus } from "../../domain/release.ts";
import type { JobBeat, RetryBeat, StepBeat } from "./beats.ts";

/** Everything that could be learnt of a release at one moment. */
export interface ReleaseSnapshot {
  readonly release: string;
  readonly atMs: number;
  readonly startedAtMs: number;
  readonly isOpen: boolean;
  /** The release's own word; the last one known while no worker answers. */
  readonly status?: ReleaseStatus;
  /** The jobs that run now. */
  readonly jobs: readonly JobBeat[];
  /** The step of the roll-out in progress. */
  readonly step?: StepBeat;
  /** What fails and is tried again, such as a database that is away. */
  readonly retries: readonly RetryBeat[];
  /** How it ended, once it has. */
  readonly end?: ReleaseEnd;
  /** Who does not answer now, in one sentence; watching goes on. */
  readonly trouble?: string;
}

/** The end of a release: with an outcome, or because the run itself failed. */
export type ReleaseEnd =
  | { readonly kind: "concluded"; readonly result: ReleaseResult; readonly atMs: number }
  | { readonly kind: "failed"; readonly message: string; readonly atMs: number };
