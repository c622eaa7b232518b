import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "@temporalio/client";
import type { Dependencies } from "../../src/activities/dependencies.ts";
import { createFileStore } from "../../src/artifacts/file-store.ts";
import { digestOf } from "../../src/digest.ts";
import type { TrafficState } from "../../src/domain/traffic.ts";
import { createFileEvidence } from "../../src/provenance/file-evidence.ts";
import type { Database } from "../../src/registry/database.ts";

const NAMES = { backend: "none", name: "none" } as const;

/**
 * Our real activities with adapters that do nothing: no process is started and no traffic moved, so that what is left
 * is orchestration. Registry, artifact store and evidence folder are real.
 */
export function noOpDependencies(db: Database, temporal: Client, home: string): Dependencies {
  const traffic = new Map<string, TrafficState>();
  const store = createFileStore({ root: join(home, "artifacts") });
  return {
    db,
    store,
    temporal,
    evidence: createFileEvidence(join(home, "evidence")),
    executor: {
      ensure: async (attempt) => ({ ...NAMES, uid: randomUUID(), specDigest: digestOf(attempt) }),
      async observe({ uid }) {
        const outputDir = join(home, "outputs", uid);
        await mkdir(outputDir, { recursive: true });
        await writeFile(join(outputDir, "model.json"), uid);
        return { phase: "succeeded", outputDir, startedAtMs: 0, endedAtMs: 1 };
      },
      requestStop: async () => undefined,
      delete: async () => undefined,
      logs: async () => ({ text: "", nextOffset: 0, complete: true }),
    },
    servers: {
      ensure: async () => ({ ...NAMES, uid: "server" }),
      observe: async () => ({ phase: "ready", address: "http://127.0.0.1:9", restarts: 0 }),
      delete: async () => undefined,
      list: async () => [],
    },
    router: {
      async apply(state) {
        traffic.set(`${state.environment}/${state.endpoint}`, state);
      },
      observe: async (environment, endpoint) => traffic.get(`${environment}/${endpoint}`),
      remove: async () => undefined,
    },
    metrics: {
      // So many failures of both arms in equal parts that safety is shown at the first look.
      counts: async () => [
        { stage: 0, championUnits: 1e6, championFailures: 2_000, candidateUnits: 1e6, candidateFailures: 1_000 },
      ],
      mirror: async () => ({ mirrored: 1_000, differed: 0, failed: 0 }),
    },
    datasets: {
      pin: async ({ dataset }) => ({ name: dataset.name, digest: digestOf(dataset.name), sizeBytes: 1, rows: 1 }),
      check: async ({ dataset, snapshot }) => ({
        dataset: dataset.name,
        snapshot: snapshot.digest,
        status: "Successful",
        verdicts: [],
        engine: "none",
      }),
    },
    readEvaluation: async ({ champion }) => ({
      baseline: champion !== undefined,
      sliceProblems: {},
      metricsProblems: {},
      candidateMetrics: { accuracy: { value: 0.9, n: 1_000 } },
      championMetrics: { accuracy: { value: 0.9, n: 1_000 } },
    }),
    settings: {
      tenant: "default",
      policy: "development",
      heartbeatTimeoutMs: 10_000,
      observeEveryMs: 250,
      uiUrl: undefined,
    },
    nowMs: () => Date.now(),
  };
}

/** A pipeline whose jobs are never run, with a canary of `stages` stages. */
export function noOpSpec(model: string, stages: number): Record<string, unknown> {
  const weights = Array.from({ length: stages }, (_, index) => Math.round(((index + 1) * 90) / stages));
  const steps = [
    ...weights.flatMap((weight) => [{ setWeight: weight }, { pause: { duration: "1ms" } }]),
    { analysis: {} },
    { setWeight: 100 },
  ];
  return {
    slipway: 1,
    model,
    data: { train: { files: "/none/train.csv" }, holdout: { files: "/none/holdout.csv" } },
    train: { command: ["true"] },
    evaluate: {
      command: ["true"],
      data: "holdout",
      gates: [{ name: "floor", metric: "accuracy", value: { lowerBound: 0.5 } }],
    },
    serve: { command: ["true"] },
    environments: [
      {
        name: "production",
        endpoint: model,
        strategy: { canary: { steps, analysis: { metrics: ["requestFailures"], interval: "100ms" } } },
      },
    ],
  };
}
