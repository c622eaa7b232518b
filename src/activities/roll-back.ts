import type { TrafficState } from "../domain/traffic.ts";
import { retireServers } from "../registry/endpoint-servers.ts";
import { getEndpoint } from "../registry/endpoints.ts";
import { knownPlan } from "./known-plan.ts";
import { finishRollout } from "../registry/rollouts.ts";
import type { Dependencies } from "./dependencies.ts";
import type { RolloutKey } from "./deploy-candidate.ts";
import { rolloutOf } from "./deploy-candidate.ts";
import { whileHeartbeating } from "./heartbeat.ts";
import { moveTraffic } from "./move-traffic.ts";
import { giveBackEndpoint } from "./request-endpoint.ts";

export interface Rollback extends RolloutKey {
  readonly outcome: "RolledBack" | "Aborted" | "BaselineChanged" | "Promoted";
  readonly message: string;
}

/**
 * Sends all traffic back to the champion and returns only when the data plane shows no candidate any more.
 * Retried until it goes through: nothing stands before a rollback, no gate, no approval, no quota.
 */
export const createRollBack = (dependencies: Dependencies) =>
  async function rollBack(key: Rollback): Promise<void> {
    const { db, settings } = dependencies;
    await whileHeartbeating(
      settings.heartbeatTimeoutMs / 5,
      () => ({ phase: "rolling back" }),
      async () => {
        const now = await getEndpoint(db, key.environment, key.endpoint);
        // A roll-out that was never granted the endpoint has moved nothing and must not touch what another one moves.
        if (now?.holder === key.rollout) {
          await moveTraffic(dependencies, {
            environment: key.environment,
            endpoint: key.endpoint,
            holder: key.rollout,
            actor: key.release,
            reason: key.message,
            change: withoutCandidate,
          });
          const { scaleDownDelayMs } = rolloutOf(await knownPlan(db, key.planDigest), key.environment);
          const champion = now.traffic.champion?.modelVersion;
          const keep = champion === undefined ? [] : [champion];
          await retireServers(db, {
            environment: key.environment,
            endpoint: key.endpoint,
            keep,
            deleteAfterMs: dependencies.nowMs() + scaleDownDelayMs,
          });
        }
        await finishRollout(db, {
          rollout: key.rollout,
          outcome: key.outcome,
          message: key.message,
          atMs: dependencies.nowMs(),
        });
        await giveBackEndpoint(dependencies, key);
      },
    );
  };

/** The champion alone. */
export function withoutCandidate(now: TrafficState): TrafficState {
  const { candidate: _, rolloutId: __, ...rest } = now;
  return { ...rest, candidatePercent: 0, mirrorPercent: 0, stage: 0 };
}
