import type { Digest } from "./json.ts";

/** One packaged model: what the registry keeps for ever. */
export interface ModelVersion {
  readonly model: string;
  /** Semantic version, assigned by rule. */
  readonly version: string;
  /** Digest of the file manifest of the model's files; the model's identity. */
  readonly digest: Digest;
  readonly release: string;
  readonly planDigest: Digest;
  readonly code?: Digest;
  readonly commit?: string;
  /** Snapshots by data set name. */
  readonly datasets: Readonly<Record<string, Digest>>;
  readonly trainedFrom: { readonly job: string; readonly attempts: number };
  readonly cardDigest: Digest;
  readonly createdAtMs: number;
}

/** How a new version relates to the one before: another contract, another training, or the same code packaged again. */
export type VersionChange = "contract" | "retrain" | "rebuild";
