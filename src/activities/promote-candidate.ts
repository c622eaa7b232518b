import { SlipwayError } from "../domain/errors.ts";
import { versionLabel } from "../domain/model-version.ts";
import type { TrafficState } from "../domain/traffic.ts";
import { getAlias, moveAlias } from "../registry/aliases.ts";
import type { Database } from "../registry/database.ts";
import { retireServers } from "../registry/endpoint-servers.ts";
import { knownPlan } from "./known-plan.ts";
import { finishRollout } from "../registry/rollouts.ts";
import type { Dependencies } from "./dependencies.ts";
import type { RolloutKey } from "./deploy-candidate.ts";
import { baselineChange, rolloutOf } from "./deploy-candidate.ts";
import { whileHeartbeating } from "./heartbeat.ts";
import { moveTraffic } from "./move-traffic.ts";
import { giveBackEndpoint } from "./request-endpoint.ts";
import { requireApproved } from "./require-approved.ts";

export interface Promotion extends RolloutKey {
  /** Why it is promoted without the analysis having shown safety; absent when it has. */
  readonly unproven?: string;
}

export type Promoted =
  | { readonly kind: "promoted"; readonly message: string }
  | { readonly kind: "refused"; readonly message: string };

/** Makes the candidate the champion: alias and wanted traffic in one transaction, then the traffic itself, verified. */
export const createPromoteCandidate = (dependencies: Dependencies) =>
  async function promoteCandidate(key: Promotion): Promise<Promoted> {
    const { db, settings } = dependencies;
    const label = versionLabel(key.model, key.version);
    return whileHeartbeating(
      settings.heartbeatTimeoutMs / 5,
      () => ({ phase: "promoting" }),
      async () => {
        const changed = await baselineChange(dependencies, key);
        if (changed !== undefined) return { kind: "refused", message: changed };
        try {
          await requireApproved(dependencies, key.requestDigest);
          await moveTraffic(dependencies, {
            environment: key.environment,
            endpoint: key.endpoint,
            holder: key.rollout,
            actor: key.release,
            reason: key.unproven ?? "the analysis showed safety",
            change: (now) => crowned(now, label),
            alongside: (tx) => moveAliases(tx, key),
          });
        } catch (error) {
          const refused =
            error instanceof SlipwayError && (error.code === "registry.conflict" || error.code === "decision.refused");
          if (refused) return { kind: "refused", message: error.message };
          throw error;
        }
        const { scaleDownDelayMs } = rolloutOf(await knownPlan(db, key.planDigest), key.environment);
        await retireServers(db, {
          environment: key.environment,
          endpoint: key.endpoint,
          keep: [label],
          deleteAfterMs: dependencies.nowMs() + scaleDownDelayMs,
        });
        const message = `${key.model} ${key.version} serves ${key.environment}${key.unproven === undefined ? "" : ` (unproven: ${key.unproven})`}`;
        await finishRollout(db, { rollout: key.rollout, outcome: "Promoted", message, atMs: dependencies.nowMs() });
        await giveBackEndpoint(dependencies, key);
        return { kind: "promoted", message };
      },
    );
  };

/** `champion` goes to the candidate, and `previous` to the version that it takes the place of. */
async function moveAliases(tx: Database, key: Promotion): Promise<void> {
  const place = { model: key.model, environment: key.environment };
  const why = { release: key.release, actor: key.release, reason: key.unproven ?? "promoted" };
  await moveAlias(tx, { ...place, ...why, alias: "champion", to: key.version, expected: key.champion?.version });
  if (key.champion === undefined || key.champion.version === key.version) return;
  const previous = await getAlias(tx, { ...place, alias: "previous" });
  await moveAlias(tx, { ...place, ...why, alias: "previous", to: key.champion.version, expected: previous?.version });
}

/** The candidate is the champion and alone. Done twice it is done once. */
function crowned(now: TrafficState, label: string): TrafficState {
  if (now.champion?.modelVersion === label) return now;
  if (now.candidate?.modelVersion !== label) {
    throw new SlipwayError("registry.conflict", `${label} is not the candidate of ${now.endpoint}`);
  }
  const { candidate, rolloutId: _, ...rest } = now;
  return { ...rest, champion: candidate, candidatePercent: 0, mirrorPercent: 0, stage: 0 };
}
