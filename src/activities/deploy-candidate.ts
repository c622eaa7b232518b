import type { ChampionRef } from "../domain/brief.ts";
import { SlipwayError, messageOf } from "../domain/errors.ts";
import type { Digest } from "../domain/json.ts";
import { versionLabel } from "../domain/model-version.ts";
import type { ReleasePlan, RolloutPlan } from "../domain/plan.ts";
import type { TrafficState } from "../domain/traffic.ts";
import { getAlias } from "../registry/aliases.ts";
import { write } from "../registry/database.ts";
import { getEndpoint, grantEndpoint } from "../registry/endpoints.ts";
import { knownPlan } from "./known-plan.ts";
import { setReleaseStage } from "../registry/releases.ts";
import { recordRollout } from "../registry/rollouts.ts";
import { getVersion } from "../registry/versions.ts";
import type { Dependencies } from "./dependencies.ts";
import { whileHeartbeating } from "./heartbeat.ts";
import { moveTraffic } from "./move-traffic.ts";
import { requireApproved } from "./require-approved.ts";
import { startServer } from "./start-server.ts";

/** One roll-out of one version to one endpoint. */
export interface RolloutKey {
  readonly release: string;
  /** Workflow id of the roll-out. */
  readonly rollout: string;
  readonly planDigest: Digest;
  readonly requestDigest: Digest;
  readonly environment: string;
  readonly endpoint: string;
  readonly model: string;
  readonly version: string;
  /** The champion that the candidate was evaluated against; absent for a first version. */
  readonly champion?: ChampionRef;
}

export type Deployed =
  | { readonly kind: "ready" }
  /** No champion to compare with: the first version goes to 100 % by its health check and smoke request alone. */
  | { readonly kind: "noBaseline" }
  | { readonly kind: "baselineChanged"; readonly message: string }
  | { readonly kind: "unhealthy"; readonly message: string };

/** Starts the candidate's server beside the champion's, proves that it answers, and gives it no traffic yet. */
export const createDeployCandidate = (dependencies: Dependencies) =>
  async function deployCandidate(key: RolloutKey): Promise<Deployed> {
    const { db, settings } = dependencies;
    let latest = "starting";
    return whileHeartbeating(
      settings.heartbeatTimeoutMs / 5,
      () => ({ phase: latest }),
      async (signal) => {
        const changed = await baselineChange(dependencies, key);
        if (changed !== undefined) return { kind: "baselineChanged", message: changed };
        await requireApproved(dependencies, key.requestDigest);
        const plan = await knownPlan(db, key.planDigest);
        const rollout = rolloutOf(plan, key.environment);
        await write(db, async (tx) => {
          await grantEndpoint(tx, { state: firstState(rollout), holder: key.rollout, release: key.release });
          await recordRollout(tx, {
            rollout: key.rollout,
            release: key.release,
            environment: key.environment,
            endpoint: key.endpoint,
            version: key.version,
            ...(key.champion === undefined ? {} : { champion: key.champion.version }),
          });
          await setReleaseStage(tx, key.release, "rolling out");
        });
        const version = await getVersion(db, key.model, key.version);
        try {
          const address = await startServer(dependencies, {
            plan,
            rollout,
            version,
            signal,
            onPhase: (phase) => (latest = phase),
          });
          await moveTraffic(dependencies, {
            environment: key.environment,
            endpoint: key.endpoint,
            holder: key.rollout,
            actor: key.release,
            reason: "candidate is ready",
            change: (now) => ({
              ...settingsOf(rollout, now),
              candidate: { modelVersion: versionLabel(key.model, key.version), address },
              candidatePercent: 0,
              mirrorPercent: 0,
              rolloutId: key.rollout,
              stage: 0,
            }),
          });
        } catch (error) {
          if (error instanceof SlipwayError && error.code === "server.unhealthy")
            return { kind: "unhealthy", message: messageOf(error) };
          throw error;
        }
        const now = await getEndpoint(db, key.environment, key.endpoint);
        return now?.traffic.champion === undefined ? { kind: "noBaseline" } : { kind: "ready" };
      },
    );
  };

/** Says why the champion is not the one that the candidate was evaluated against; undefined when it is. */
export async function baselineChange({ db }: Pick<Dependencies, "db">, key: RolloutKey): Promise<string | undefined> {
  const now = await getAlias(db, { model: key.model, environment: key.environment, alias: "champion" });
  if (now?.digest === key.champion?.digest || now?.version === key.version) return undefined;
  const was = key.champion === undefined ? "no champion" : `champion ${key.champion.version}`;
  return `evaluated against ${was}, but the champion is ${now?.version ?? "gone"} now`;
}

export function rolloutOf(plan: ReleasePlan, environment: string): RolloutPlan {
  const rollout = plan.rollouts.find((one) => one.environment === environment);
  if (rollout === undefined) throw new SlipwayError("input.invalid", `the plan has no environment ${environment}`);
  return rollout;
}

/** The endpoint's traffic before anything serves there. */
function firstState(rollout: RolloutPlan): TrafficState {
  const { environment, endpoint, timeoutMs } = rollout;
  const empty = { environment, endpoint, generation: 0, candidatePercent: 0, mirrorPercent: 0, stage: 0, timeoutMs };
  return settingsOf(rollout, empty);
}

/** How requests are keyed, judged and timed is the newest roll-out's word. */
function settingsOf(rollout: RolloutPlan, now: TrafficState): TrafficState {
  const { routingKey: _, slowAfterMs: __, decision: ___, ...rest } = now;
  return {
    ...rest,
    timeoutMs: rollout.timeoutMs,
    ...(rollout.routingKey === undefined ? {} : { routingKey: rollout.routingKey }),
    ...(rollout.slowAfterMs === undefined ? {} : { slowAfterMs: rollout.slowAfterMs }),
    ...(rollout.decision === undefined ? {} : { decision: rollout.decision }),
  };
}
