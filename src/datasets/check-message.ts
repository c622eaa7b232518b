import type { FailureCode } from "../domain/errors.ts";
import type { Verdict } from "../domain/verdict.ts";
import type { DataContract } from "../spec/contract.ts";

/** What the reading process may use. */
export interface ReadingLimits {
  /** DuckDB's own limit; the process needs some more. */
  readonly memoryBytes: number;
  readonly spillBytes: number;
  readonly threads: number;
  /** For what does not fit into memory. */
  readonly spillDir: string;
}

/** What a reading process is asked, as its first message. */
export interface ReadingRequest {
  /** Every file below it belongs to the data set. */
  readonly dir: string;
  readonly format: "parquet" | "csv";
  readonly limits: ReadingLimits;
  readonly task: { readonly kind: "countRows" } | { readonly kind: "check"; readonly check: CheckTask };
}

export interface CheckTask {
  readonly contract?: DataContract;
  readonly asOfMs: number;
}

/** What it answers: progress while it reads, then one of the others. */
export type ReadingAnswer =
  | { readonly kind: "progress"; readonly rowsRead: number; readonly rowsTotal?: number }
  | { readonly kind: "counted"; readonly rows: number }
  | { readonly kind: "checked"; readonly verdicts: readonly Verdict[]; readonly engine: string }
  | { readonly kind: "failed"; readonly code?: FailureCode; readonly message: string };
