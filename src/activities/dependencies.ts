import type { Client } from "@temporalio/client";
import type { ArtifactStore } from "../artifacts/store.ts";
import type { DatasetReader } from "../datasets/dataset.ts";
import type { Digest } from "../domain/json.ts";
import type { EvaluationEvidence } from "../gates/evidence.ts";
import type { Executor } from "../executors/executor.ts";
import type { MetricSource } from "../metrics/metric-source.ts";
import type { EvidenceFolder } from "../provenance/evidence.ts";
import type { Database } from "../registry/database.ts";
import type { Router } from "../routers/router.ts";
import type { ServerRunner } from "../serving/server.ts";

/** Everything the activities are handed; nothing is looked up elsewhere. */
export interface Dependencies {
  readonly db: Database;
  readonly store: ArtifactStore;
  readonly executor: Executor;
  readonly servers: ServerRunner;
  readonly router: Router;
  readonly metrics: MetricSource;
  readonly datasets: DatasetReader;
  readonly readEvaluation: EvaluationReader;
  readonly evidence: EvidenceFolder;
  readonly temporal: Client;
  readonly settings: Settings;
  readonly nowMs: () => number;
}

/** Reads what the evaluation jobs wrote into the evidence that gates judge. What cannot be read is said in the evidence. */
export type EvaluationReader = (written: {
  /** Output tree of the candidate's evaluation. */
  readonly candidate: Digest;
  readonly champion?: Digest;
  readonly sliceColumns: readonly string[];
  readonly signal: AbortSignal;
}) => Promise<EvaluationEvidence>;

export interface Settings {
  readonly tenant: string;
  readonly policy: "standard" | "development";
  /** How soon a dead worker is noticed. */
  readonly heartbeatTimeoutMs: number;
  /** How often a running job is looked at. */
  readonly observeEveryMs: number;
  readonly uiUrl: string | undefined;
}
