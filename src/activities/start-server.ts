import { SlipwayError, messageOf } from "../domain/errors.ts";
import type { ModelVersion } from "../domain/model-version.ts";
import { versionLabel } from "../domain/model-version.ts";
import type { ReleasePlan, RolloutPlan } from "../domain/plan.ts";
import { recordServer } from "../registry/endpoint-servers.ts";
import type { ServerSpec } from "../serving/server.ts";
import type { Dependencies } from "./dependencies.ts";
import { pauseFor } from "./heartbeat.ts";

const LOOK_EVERY_MS = 200;
const SMOKE_TIMEOUT_MS = 10_000;

export interface ServerStart {
  /** The plan of the version's own release: its serving command, code and environment. */
  readonly plan: ReleasePlan;
  readonly rollout: Pick<RolloutPlan, "environment" | "endpoint">;
  readonly version: ModelVersion;
  readonly signal: AbortSignal;
  readonly onPhase?: (phase: string) => void;
}

/**
 * Finds or starts a version's server and proves that it answers; returns its base URL.
 * @throws {SlipwayError} `server.unhealthy` when it is not ready in time or fails the smoke request
 */
export async function startServer(dependencies: Dependencies, start: ServerStart): Promise<string> {
  const { plan, rollout, version } = start;
  const spec = serverSpecOf(plan, rollout, version);
  const handle = await dependencies.servers.ensure(spec);
  await recordServer(dependencies.db, {
    environment: rollout.environment,
    endpoint: rollout.endpoint,
    version: spec.modelVersion,
    spec,
    handle,
  });
  const address = await readyAddress(dependencies, start, handle);
  await smoke(plan, address, version.version);
  return address;
}

export function serverSpecOf(
  plan: ReleasePlan,
  rollout: Pick<RolloutPlan, "environment" | "endpoint">,
  version: ModelVersion,
): ServerSpec {
  return {
    environment: rollout.environment,
    endpoint: rollout.endpoint,
    modelVersion: versionLabel(version.model, version.version),
    model: version.digest,
    command: plan.serve.command,
    env: { ...plan.serve.env, SLIPWAY_MODEL_NAME: plan.model, SLIPWAY_MODEL_VERSION: version.version },
    ...(plan.code === undefined ? {} : { code: plan.code }),
    ...(plan.pythonRequirements === undefined ? {} : { pythonRequirements: plan.pythonRequirements }),
    readyPath: plan.serve.readyPath,
    startTimeoutMs: plan.serve.startTimeoutMs,
  };
}

async function readyAddress(
  { servers, nowMs }: Dependencies,
  { plan, version, signal, onPhase }: ServerStart,
  handle: Awaited<ReturnType<Dependencies["servers"]["ensure"]>>,
): Promise<string> {
  let startedAtMs: number | undefined;
  for (;;) {
    const seen = await servers.observe(handle);
    if (seen.phase === "ready") return seen.address;
    onPhase?.("message" in seen ? seen.message : seen.phase);
    if (seen.phase === "gone") throw unhealthy(version.version, "its server is gone");
    // Making the environment is not the server's own slowness: its time starts when it does.
    if (seen.phase === "unhealthy" || !seen.message.startsWith("preparing")) startedAtMs ??= nowMs();
    if (startedAtMs !== undefined && nowMs() - startedAtMs > plan.serve.startTimeoutMs) {
      throw unhealthy(
        version.version,
        `not ready at ${plan.serve.readyPath} after ${plan.serve.startTimeoutMs} ms: ${seen.message}`,
      );
    }
    await pauseFor(LOOK_EVERY_MS, signal);
  }
}

async function smoke(plan: ReleasePlan, address: string, version: string): Promise<void> {
  const { smoke: request } = plan.serve;
  if (request === undefined) return;
  const response = await fetch(`${address}${request.path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request.body),
    signal: AbortSignal.timeout(SMOKE_TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw unhealthy(version, `the smoke request to ${request.path} failed: ${messageOf(error)}`);
  });
  await response.arrayBuffer();
  if (!response.ok)
    throw unhealthy(version, `the smoke request to ${request.path} was answered with ${response.status}`);
}

function unhealthy(version: string, why: string): SlipwayError {
  return new SlipwayError("server.unhealthy", `the server of version ${version} does not serve: ${why}`);
}
