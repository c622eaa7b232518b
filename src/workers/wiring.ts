import { join } from "node:path";
import type { Client } from "@temporalio/client";
import type { Dependencies } from "../activities/dependencies.ts";
import { createFileStore } from "../artifacts/file-store.ts";
import type { Config } from "../config.ts";
import { createDatasetReader } from "../datasets/duckdb-reader.ts";
import { createEvaluationReader } from "../datasets/predictions.ts";
import { SlipwayError } from "../domain/errors.ts";
import { createLocalExecutor } from "../executors/local/local-executor.ts";
import { createGatewayMetricSource } from "../metrics/gateway-source.ts";
import { createFileEvidence } from "../provenance/file-evidence.ts";
import type { Database } from "../registry/database.ts";
import { createGatewayRouter } from "../routers/gateway-router.ts";
import { createLocalServerRunner } from "../serving/local-server.ts";

/** Heartbeats: one machine notices a dead worker in ten seconds, a cluster in a minute. */
const HEARTBEAT_TIMEOUT_MS = { embedded: 10_000, scale: 60_000 } as const;

/** Chooses the adapters by the configuration: the one place that knows them by name. */
export function wire(config: Config, db: Database, temporal: Client): Dependencies {
  const { home, gatewayAdminUrl } = config;
  if (gatewayAdminUrl === undefined) {
    throw new SlipwayError(
      "prerequisite.missing",
      "SLIPWAY_GATEWAY_ADMIN_URL is not set: `slipway up` starts a gateway and sets it",
    );
  }
  const store = createFileStore({ root: join(home, "artifacts") });
  return {
    db,
    store,
    executor: createLocalExecutor({ home, store, cpuSlots: config.cpuSlots, gpuSlots: config.gpuSlots }),
    servers: createLocalServerRunner({ home, store }),
    router: createGatewayRouter({ adminUrl: gatewayAdminUrl }),
    metrics: createGatewayMetricSource({ adminUrl: gatewayAdminUrl, stateDir: join(home, "gateway") }),
    datasets: createDatasetReader({ workDir: join(home, "data-work") }),
    readEvaluation: createEvaluationReader({ store, workDir: join(home, "data-work") }),
    evidence: createFileEvidence(join(home, "evidence")),
    temporal,
    settings: {
      tenant: "default",
      policy: config.policy,
      heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS[config.profile],
      observeEveryMs: config.profile === "embedded" ? 250 : 5_000,
      uiUrl: config.uiUrl,
    },
    nowMs: () => Date.now(),
  };
}
