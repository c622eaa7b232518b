import type { Digest } from "./json.ts";
import type { Verdict } from "./verdict.ts";

/** A data set pinned by content. */
export interface Snapshot {
  readonly name: string;
  /** Digest of the file manifest; the files are in the artifact store. */
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly rows: number;
}

/** What the contract's rules found on a snapshot. */
export interface DataReport {
  readonly dataset: string;
  readonly snapshot: Digest;
  readonly contract?: Digest;
  readonly status: Verdict["status"];
  readonly verdicts: readonly Verdict[];
  readonly engine: string;
}
