import { MAX_INPUT_BYTES, type CaptureRecord } from "./capture-record.ts";
import { decisionsOf } from "./answer-decisions.ts";
import type { RowDecision } from "./decision.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Exchange } from "./exchange.ts";
import { mirrorRequest } from "./mirror.ts";
import { keptBody } from "./request-body.ts";
import type { Served } from "./serve-request.ts";
import { isWithinShare } from "./sticky-bucket.ts";

/** Writes down what became of a request and mirrors it if it is its turn. The caller has been answered before. */
export async function recordRequest(endpoint: Endpoint, exchange: Exchange, served: Served): Promise<void> {
  const { state } = served.traffic;
  const body = await keptBody(exchange.body);
  const rows = isSuccess(served.status) ? (decisionsOf(served.answer, state.decision) ?? []) : [];
  capture(endpoint, served, captureOf(exchange, served, rows, inputOf(exchange, body?.bytes)));
  const isMirrored = isWithinShare(served.traffic.mirrorSeed, served.key, state.mirrorPercent);
  const { answeredBy, answer } = served;
  if (!isMirrored || answeredBy?.name !== "champion" || served.assigned.name !== "champion") return;
  if (served.traffic.candidate === undefined || body === undefined) return;
  const mirrored = await mirrorRequest(endpoint, exchange, served.traffic, served.traffic.candidate, body, {
    status: served.status,
    answer,
    rows,
  });
  if (mirrored === undefined) return;
  const { status, latencyMs } = mirrored;
  capture(endpoint, served, {
    ...captureOf(exchange, served, mirrored.rows, undefined),
    arm: "candidate",
    served: "candidate",
    version: served.traffic.candidate.modelVersion,
    status,
    latencyMs: rounded(latencyMs),
    mirrored: true,
  });
}

function capture(endpoint: Endpoint, served: Served, record: CaptureRecord): void {
  if (!served.traffic.records.capture.append(JSON.stringify(record))) endpoint.meter.captureDropped();
}

function captureOf(
  exchange: Exchange,
  served: Served,
  rows: readonly RowDecision[],
  input: string | undefined,
): CaptureRecord {
  const { state } = served.traffic;
  return {
    id: exchange.requestId,
    at: exchange.receivedAtMs,
    key: served.key,
    ...(state.rolloutId === undefined ? {} : { rolloutId: state.rolloutId }),
    stage: state.stage,
    arm: served.assigned.name,
    ...(served.answeredBy === undefined ? {} : { served: served.answeredBy.name }),
    version: (served.answeredBy ?? served.assigned).modelVersion,
    status: served.status,
    ...(served.failure === undefined ? {} : { failure: served.failure }),
    latencyMs: rounded(served.latencyMs),
    rows,
    ...(input === undefined ? {} : { input }),
  };
}

function inputOf(exchange: Exchange, body: Buffer | undefined): string | undefined {
  if (body === undefined || body.length === 0 || body.length > MAX_INPUT_BYTES) return undefined;
  const isJson = exchange.incoming.headers["content-type"]?.includes("json") === true;
  return isJson ? body.toString("utf8") : undefined;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function rounded(latencyMs: number): number {
  return Math.round(latencyMs * 1_000) / 1_000;
}
