import type { ArtifactStore } from "../artifacts/store.ts";
import type { DataReport, Snapshot } from "../domain/data.ts";
import type { Digest } from "../domain/json.ts";
import type { DatasetSpec } from "../domain/plan.ts";

/** How a long reading is watched and ended. */
export interface Watch {
  /** Called about twice a second while a file is read. */
  readonly onProgress?: (progress: ReadingProgress) => void;
  /** Ends the reading at once; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface ReadingProgress {
  /** Rows read so far of the statement that runs; a set may be read more than once. */
  readonly rowsRead: number;
  readonly rowsTotal?: number;
}

export interface PinRequest extends Watch {
  readonly dataset: DatasetSpec;
  readonly store: ArtifactStore;
  /** The packed pipeline in which relative files are looked for. */
  readonly code?: Digest;
}

export interface CheckRequest extends Watch {
  readonly dataset: DatasetSpec;
  readonly snapshot: Snapshot;
  readonly store: ArtifactStore;
  /** The packed pipeline that holds the contract. */
  readonly code?: Digest;
  /** What freshness is measured against. */
  readonly asOfMs: number;
}

/** Pins data sets and holds them to their contracts. Every method may be called twice with the same effect as once. */
export interface DatasetReader {
  /**
   * Stores the data set's files and returns their snapshot. `rows` is 0 when they cannot be read: the check says why.
   * @throws {SlipwayError} `data.missing` when a pattern names no file; `data.changed` when a file changes meanwhile
   */
  pin(request: PinRequest): Promise<Snapshot>;
  /**
   * What the contract finds on the snapshot; without a contract, whether the files can be read, agree and have rows.
   * Files that cannot be read are a verdict, not an error.
   * @throws {SlipwayError} `contract.invalid` with all problems; `artifact.missing`; `environment.failed` when the
   *   reading process is killed or its memory does not suffice
   */
  check(request: CheckRequest): Promise<DataReport>;
}
