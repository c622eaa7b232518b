import type { Digest, Json } from "./json.ts";

/** What a check, a gate, an analysis or a data rule found. `Error` is never a pass: NaN, missing and empty end there. */
export type VerdictStatus = "Successful" | "Warning" | "Failed" | "Inconclusive" | "Error";

/** One finding with its evidence. Numbers that are not finite are written as absent, with the reason saying so. */
export interface Verdict {
  readonly name: string;
  readonly status: VerdictStatus;
  /** A short machine word, such as `insufficientData`, `noBaseline`, `missingMetric`; absent when the status says it all. */
  readonly reason?: string;
  /** One sentence for people: observed, bound, n. */
  readonly message: string;
  readonly observed?: number;
  readonly bound?: number;
  /** Lower and upper limit of the estimate, with the confidence they were made at. */
  readonly interval?: {
    readonly lower: number;
    readonly upper: number;
    readonly confidence: number;
  };
  readonly n?: number;
  /** Everything else that is needed to compute the verdict again: test, p or e-value, seed, discordant pairs, SQL. */
  readonly evidence?: { readonly [key: string]: Json };
}

/** How a gate that did not pass is to be treated. */
export type GateAction = "block" | "requireApproval" | "warn";

/** What a gate report ends in: go on, stop, or go on only with a person's approval. */
export type Conclusion = "pass" | "block" | "requireApproval";

export interface GateReport {
  readonly conclusion: Conclusion;
  readonly verdicts: readonly (Verdict & { readonly action: "pass" | GateAction })[];
  readonly candidate: Digest;
  readonly champion?: Digest;
  readonly dataset: Digest;
  /** Name and version of the code that judged. */
  readonly engine: string;
}
