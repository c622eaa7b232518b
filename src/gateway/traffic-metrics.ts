import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { RequestFailure } from "./capture-record.ts";
import type { ArmName } from "./stage-ledger.ts";

/** From 1 ms, quick models, to 10 s. */
const LATENCY_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts what one version did for one endpoint. */
export interface VersionMeter {
  begin(): void;
  /** @param status HTTP status of its answer; 0 when there was none */
  end(arm: ArmName, status: number, latencyMs: number, failure: RequestFailure | undefined): void;
}

/** What the mirror did with a request. */
export type MirrorEvent = "mirrored" | "differed" | "failed" | "dropped" | "uncompared";

/** Counts what happened at one endpoint whatever the version. */
export interface EndpointMeter {
  version(modelVersion: string): VersionMeter;
  fellBack(): void;
  mirror(event: MirrorEvent): void;
  captureDropped(): void;
}

export interface TrafficMetrics {
  endpoint(environment: string, endpoint: string): EndpointMeter;
  labels(accepted: number, refused: number): void;
  /** The text that Prometheus reads, and its content type. */
  render(): Promise<{ readonly text: string; readonly contentType: string }>;
}

/** The gateway's own metrics. They begin at nought with the process; a roll-out's counts are kept by its ledger. */
export function createTrafficMetrics(): TrafficMetrics {
  const registers = [new Registry()];
  const [registry] = registers;
  const place = ["environment", "endpoint"] as const;
  const version = [...place, "version"] as const;
  const counter = (name: string, help: string, labelNames: readonly string[]) =>
    new Counter({ name, help, labelNames: [...labelNames], registers });
  const requests = counter("slipway_requests_total", "Requests sent to a model server", [...version, "arm", "code"]);
  const failures = counter("slipway_request_failures_total", "Requests an arm failed", [...version, "arm", "reason"]);
  const fallbacks = counter("slipway_fallbacks_total", "Requests the champion answered for the candidate", place);
  const mirrored = counter("slipway_mirror_requests_total", "What became of mirrored requests", [...place, "result"]);
  const dropped = counter("slipway_capture_dropped_total", "Capture lines dropped as the disk was too slow", place);
  const labels = counter("slipway_labels_total", "Labels received", ["result"]);
  const inFlight = new Gauge({
    name: "slipway_requests_in_flight",
    help: "Requests a model server is answering",
    labelNames: version,
    registers,
  });
  const duration = new Histogram({
    name: "slipway_request_duration_seconds",
    help: "From sending a request to a model server to the end of its answer",
    labelNames: version,
    buckets: LATENCY_BUCKETS_SECONDS,
    registers,
  });
  return {
    endpoint: (environment, endpoint) => ({
      version: (modelVersion) => {
        const names = { environment, endpoint, version: modelVersion };
        const gauge = inFlight.labels(names);
        const histogram = duration.labels(names);
        return {
          begin: () => gauge.inc(),
          end(arm, status, latencyMs, failure) {
            gauge.dec();
            histogram.observe(latencyMs / 1_000);
            requests.inc({ ...names, arm, code: status });
            if (failure !== undefined) failures.inc({ ...names, arm, reason: failure });
          },
        };
      },
      fellBack: () => fallbacks.inc({ environment, endpoint }),
      mirror: (result) => mirrored.inc({ environment, endpoint, result }),
      captureDropped: () => dropped.inc({ environment, endpoint }),
    }),
    labels(accepted, refused) {
      labels.inc({ result: "accepted" }, accepted);
      labels.inc({ result: "refused" }, refused);
    },
    render: async () => ({
      text: (await registry?.metrics()) ?? "",
      contentType: registry?.contentType ?? "text/plain",
    }),
  };
}
