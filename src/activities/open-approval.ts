import { SlipwayError } from "../domain/errors.ts";
import type { Digest } from "../domain/json.ts";
import type { ApprovalRequest } from "../domain/release.ts";
import { digestOf } from "../digest.ts";
import { write } from "../registry/database.ts";
import { findApproval, openApprovalRequest } from "../registry/decisions.ts";
import { knownPlan } from "./known-plan.ts";
import { setReleaseStage } from "../registry/releases.ts";
import { getVersion } from "../registry/versions.ts";
import type { Dependencies } from "./dependencies.ts";
import type { PackagedVersion } from "./package-model.ts";
import { activityRelease } from "./release-id.ts";

export interface ApprovalToOpen {
  readonly planDigest: Digest;
  readonly round: number;
  readonly version: PackagedVersion;
  readonly reportDigest: Digest;
  readonly conclusion: "pass" | "requireApproval";
  readonly requestedBy: string;
  readonly championDigest?: Digest;
}

/**
 * Writes down what people are asked to approve; its digest is what their decisions are bound to. The same round asked
 * twice is the same request: the first one's times stand. A new round invalidates the one before.
 */
export const createOpenApproval = (dependencies: Dependencies) =>
  async function openApproval(
    asked: ApprovalToOpen,
  ): Promise<{ readonly request: ApprovalRequest; readonly requestDigest: Digest }> {
    const { db, settings } = dependencies;
    const release = activityRelease();
    const known = await findApproval(db, { release, round: asked.round });
    if (known !== undefined) return { request: known.request, requestDigest: known.requestDigest };
    const plan = await knownPlan(db, asked.planDigest);
    const [rollout] = plan.rollouts;
    if (rollout === undefined) throw new SlipwayError("input.invalid", "the plan names no environment");
    const version = await getVersion(db, plan.model, asked.version.version);
    const request: ApprovalRequest = {
      release,
      round: asked.round,
      model: plan.model,
      version: version.version,
      versionDigest: version.digest,
      reportDigest: asked.reportDigest,
      planDigest: asked.planDigest,
      datasetDigests: Object.values(version.datasets).toSorted(),
      environment: rollout.environment,
      ...(asked.championDigest === undefined ? {} : { championDigest: asked.championDigest }),
      requestedBy: asked.requestedBy,
      expiresAtMs: dependencies.nowMs() + plan.approval.expiresAfterMs,
      conclusion: asked.conclusion,
      policy: settings.policy,
    };
    const requestDigest = digestOf(request);
    await write(db, async (tx) => {
      await openApprovalRequest(tx, { request, requestDigest });
      await setReleaseStage(tx, release, "awaiting approval");
    });
    return { request, requestDigest };
  };
