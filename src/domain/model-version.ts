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

/** A version by one name, as servers, arms and counters show it: `employment@1.2.0`. */
export function versionLabel(model: string, version: string): string {
  return `${model}@${version}`;
}

/** The model and the version of a label; model names hold no `@`. */
export function parseVersionLabel(label: string): { readonly model: string; readonly version: string } {
  const at = label.lastIndexOf("@");
  return { model: label.slice(0, Math.max(0, at)), version: label.slice(at + 1) };
}
