import type { Digest } from "../domain/json.ts";
import type { FileManifest } from "../domain/files.ts";
import type { ModelVersion } from "../domain/model-version.ts";
import { getGateReport } from "../registry/gate-reports.ts";
import { knownPlan } from "./known-plan.ts";
import { registerVersion } from "../registry/versions.ts";
import type { Dependencies } from "./dependencies.ts";
import { whileHeartbeating } from "./heartbeat.ts";
import { modelCard } from "./model-card.ts";
import { activityRelease } from "./release-id.ts";

export interface ModelToPackage {
  readonly planDigest: Digest;
  /** Output tree of the training. */
  readonly model: Digest;
  readonly datasets: Readonly<Record<string, Digest>>;
  readonly reportDigest: Digest;
  /** How many attempts the training took. */
  readonly attempts: number;
}

export interface PackagedVersion {
  readonly version: string;
  readonly digest: Digest;
  readonly cardDigest: Digest;
}

/** Makes a version of a trained model: manifest with a digest of each file, model card, semantic version, lineage. */
export const createPackageModel = (dependencies: Dependencies) =>
  async function packageModel(asked: ModelToPackage): Promise<PackagedVersion> {
    const { db, store, settings, evidence } = dependencies;
    return whileHeartbeating(
      settings.heartbeatTimeoutMs / 5,
      () => ({ phase: "packaging" }),
      async () => {
        const plan = await knownPlan(db, asked.planDigest);
        const manifest: FileManifest = await store.manifest(asked.model);
        const release = activityRelease();
        const report = await getGateReport(db, asked.reportDigest);
        const card = modelCard({ plan, manifest, report, release, ...asked });
        const cardDigest = await store.putBlob(Buffer.from(card));
        const version: ModelVersion = await registerVersion(db, {
          model: plan.model,
          digest: asked.model,
          release,
          planDigest: asked.planDigest,
          ...(plan.code === undefined ? {} : { code: plan.code }),
          ...(plan.commit === undefined ? {} : { commit: plan.commit }),
          datasets: asked.datasets,
          trainedFrom: { job: plan.train.name, attempts: asked.attempts },
          cardDigest,
          change: "retrain",
          createdAtMs: dependencies.nowMs(),
        });
        await evidence.write(release, "model-card.md", card);
        await evidence.write(release, "model-manifest.json", JSON.stringify(manifest, undefined, 2));
        return { version: version.version, digest: version.digest, cardDigest: version.cardDigest };
      },
    );
  };
