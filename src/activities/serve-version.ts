import { SlipwayError, messageOf } from "../domain/errors.ts";
import type { RollbackAnswer, RollbackMessage } from "../domain/messages.ts";
import { parseVersionLabel, versionLabel } from "../domain/model-version.ts";
import { moveAlias } from "../registry/aliases.ts";
import { getEndpoint } from "../registry/endpoints.ts";
import { knownPlan } from "./known-plan.ts";
import { getVersion } from "../registry/versions.ts";
import type { Dependencies } from "./dependencies.ts";
import { whileHeartbeating } from "./heartbeat.ts";
import { moveTraffic } from "./move-traffic.ts";
import { withoutCandidate } from "./roll-back.ts";
import { startServer } from "./start-server.ts";

export interface VersionToServe extends RollbackMessage {
  readonly environment: string;
  readonly endpoint: string;
}

/** Makes an earlier version the champion again, on a person's word alone: a rollback waits for nothing. */
export const createServeVersion = (dependencies: Dependencies) =>
  async function serveVersion(asked: VersionToServe): Promise<RollbackAnswer> {
    const { db, settings } = dependencies;
    return whileHeartbeating(
      settings.heartbeatTimeoutMs / 5,
      () => ({ phase: `serving ${asked.to}` }),
      async (signal) => {
        const now = await getEndpoint(db, asked.environment, asked.endpoint);
        const champion = now?.traffic.champion;
        if (champion === undefined)
          return { accepted: false, reason: `nothing serves at ${asked.endpoint} in ${asked.environment} yet` };
        const { model, version: present } = parseVersionLabel(champion.modelVersion);
        if (present === asked.to) return { accepted: true, reason: `${asked.to} serves already` };
        try {
          const version = await getVersion(db, model, asked.to);
          const plan = await knownPlan(db, version.planDigest);
          const address = await startServer(dependencies, { plan, rollout: asked, version, signal });
          const reason = asked.reason ?? "rolled back by a person";
          await moveTraffic(dependencies, {
            environment: asked.environment,
            endpoint: asked.endpoint,
            actor: asked.by,
            reason,
            change: (before) => ({
              ...withoutCandidate(before),
              champion: { modelVersion: versionLabel(model, asked.to), address },
            }),
            alongside: (tx) =>
              moveAlias(tx, {
                model,
                environment: asked.environment,
                alias: "champion",
                to: asked.to,
                expected: present,
                release: version.release,
                actor: asked.by,
                reason,
              }),
          });
          return {
            accepted: true,
            reason: `${model} ${asked.to} serves ${asked.environment} again, instead of ${present}`,
          };
        } catch (error) {
          const known =
            error instanceof SlipwayError &&
            ["version.not-found", "server.unhealthy", "registry.conflict"].includes(error.code);
          if (known) return { accepted: false, reason: messageOf(error) };
          throw error;
        }
      },
    );
  };
