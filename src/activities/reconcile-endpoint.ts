import { WorkflowNotFoundError } from "@temporalio/client";
import { parseVersionLabel } from "../domain/model-version.ts";
import type { Arm, TrafficState } from "../domain/traffic.ts";
import { dropServer, serversToDelete } from "../registry/endpoint-servers.ts";
import { getEndpoint, releaseEndpoint } from "../registry/endpoints.ts";
import { knownPlan } from "./known-plan.ts";
import { getVersion } from "../registry/versions.ts";
import type { Dependencies } from "./dependencies.ts";
import { whileHeartbeating } from "./heartbeat.ts";
import { moveTraffic } from "./move-traffic.ts";
import { withoutCandidate } from "./roll-back.ts";
import { startServer } from "./start-server.ts";

export interface EndpointCheck {
  readonly environment: string;
  readonly endpoint: string;
  /** The roll-out that the endpoint is granted to. */
  readonly holder?: string;
}

const GRACE_MS = 10_000;

/** Makes servers and weights as the registry says, and takes the endpoint back from a roll-out that no longer runs. */
export const createReconcileEndpoint = (dependencies: Dependencies) =>
  async function reconcileEndpoint(check: EndpointCheck): Promise<{ readonly holderGone: boolean }> {
    const { settings } = dependencies;
    return whileHeartbeating(
      settings.heartbeatTimeoutMs / 5,
      () => ({ phase: "reconciling" }),
      async (signal) => {
        const holderGone = check.holder !== undefined && !(await isRunning(dependencies, check.holder));
        const wanted = await getEndpoint(dependencies.db, check.environment, check.endpoint);
        if (wanted === undefined) return { holderGone };
        const orphaned =
          wanted.holder !== undefined &&
          wanted.holder !== check.holder &&
          !(await isRunning(dependencies, wanted.holder));
        const abandoned = (holderGone && wanted.holder === check.holder) || orphaned;
        await restore(dependencies, check, wanted.traffic, abandoned, signal);
        if (abandoned) await releaseEndpoint(dependencies.db, { ...check, holder: wanted.holder ?? "" });
        await deleteRetired(dependencies, check);
        return { holderGone };
      },
    );
  };

async function restore(
  dependencies: Dependencies,
  check: EndpointCheck,
  traffic: TrafficState,
  abandoned: boolean,
  signal: AbortSignal,
): Promise<void> {
  const champion = traffic.champion && (await serving(dependencies, check, traffic.champion, signal));
  const candidate = abandoned ? undefined : traffic.candidate;
  await moveTraffic(dependencies, {
    environment: check.environment,
    endpoint: check.endpoint,
    actor: "endpoint",
    reason: abandoned ? "the roll-out no longer runs" : "a server has moved",
    change(now) {
      const base = candidate === undefined && abandoned ? withoutCandidate(now) : now;
      return champion !== undefined && now.champion?.modelVersion === champion.modelVersion
        ? { ...base, champion }
        : base;
    },
  });
}

/** The arm with its server's present address; the server is started when it is gone. */
async function serving(dependencies: Dependencies, check: EndpointCheck, arm: Arm, signal: AbortSignal): Promise<Arm> {
  const { db } = dependencies;
  const { model, version: number } = parseVersionLabel(arm.modelVersion);
  const version = await getVersion(db, model, number);
  const plan = await knownPlan(db, version.planDigest);
  const address = await startServer(dependencies, { plan, rollout: check, version, signal });
  return { modelVersion: arm.modelVersion, address };
}

async function deleteRetired({ db, servers, nowMs }: Dependencies, check: EndpointCheck): Promise<void> {
  for (const server of await serversToDelete(db, { ...check, nowMs: nowMs() })) {
    await servers.delete(server.handle, GRACE_MS);
    await dropServer(db, { ...check, version: server.version });
  }
}

async function isRunning({ temporal }: Dependencies, workflowId: string): Promise<boolean> {
  try {
    return (await temporal.workflow.getHandle(workflowId).describe()).status.name === "RUNNING";
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
