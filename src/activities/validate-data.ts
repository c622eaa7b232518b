import type { Digest } from "../domain/json.ts";
import type { DatasetSpec, ReleasePlan } from "../domain/plan.ts";
import type { DataReport, Snapshot } from "../domain/data.ts";
import { knownPlan } from "./known-plan.ts";
import { write } from "../registry/database.ts";
import { setReleaseStage } from "../registry/releases.ts";
import { recordDataReport, recordSnapshot } from "../registry/snapshots.ts";
import type { Dependencies } from "./dependencies.ts";
import { whileHeartbeating } from "./heartbeat.ts";
import { activityRelease } from "./release-id.ts";

export interface PinnedData {
  readonly passed: boolean;
  readonly message: string;
  /** Digest of each data set's snapshot, by name. */
  readonly snapshots: Readonly<Record<string, Digest>>;
}

/** Pins every data set of the plan by content and checks its contract on that very copy. */
export const createValidateData = (dependencies: Dependencies) =>
  async function validateData({ planDigest }: { readonly planDigest: Digest }): Promise<PinnedData> {
    const { db, settings } = dependencies;
    let phase = "pinning";
    return whileHeartbeating(
      settings.heartbeatTimeoutMs / 5,
      () => ({ phase }),
      async (signal) => {
        const plan = await knownPlan(db, planDigest);
        const snapshots: Record<string, Digest> = {};
        const reports: DataReport[] = [];
        for (const dataset of plan.datasets) {
          phase = `pinning ${dataset.name}`;
          const snapshot = await pin(dependencies, plan, dataset);
          snapshots[dataset.name] = snapshot.digest;
          phase = `checking ${dataset.name}`;
          reports.push(await check(dependencies, plan, dataset, snapshot, signal));
        }
        const failed = reports.filter((report) => report.status !== "Successful" && report.status !== "Warning");
        return {
          passed: failed.length === 0,
          message: failed.length === 0 ? "all contracts hold" : sentence(failed),
          snapshots,
        };
      },
    );
  };

async function pin({ db, store, datasets }: Dependencies, plan: ReleasePlan, dataset: DatasetSpec): Promise<Snapshot> {
  const snapshot = await datasets.pin({ dataset, store, ...(plan.code === undefined ? {} : { code: plan.code }) });
  const release = activityRelease();
  await write(db, async (tx) => {
    await recordSnapshot(tx, { release, snapshot });
    await setReleaseStage(tx, release, "validating data");
  });
  return snapshot;
}

async function check(
  { db, store, datasets, nowMs }: Dependencies,
  plan: ReleasePlan,
  dataset: DatasetSpec,
  snapshot: Snapshot,
  signal: AbortSignal,
): Promise<DataReport> {
  const report = await datasets.check({
    dataset,
    snapshot,
    store,
    asOfMs: nowMs(),
    signal,
    ...(plan.code === undefined ? {} : { code: plan.code }),
  });
  await recordDataReport(db, { release: activityRelease(), report });
  return report;
}

function sentence(failed: readonly DataReport[]): string {
  const lines = failed.flatMap(({ dataset, verdicts }) =>
    verdicts
      .filter((verdict) => verdict.status !== "Successful" && verdict.status !== "Warning")
      .map((verdict) => `${dataset}: ${verdict.name}: ${verdict.message}`),
  );
  const more = lines.length > 5 ? ` (and ${lines.length - 5} more)` : "";
  return `the data contract does not hold, so nothing was trained: ${lines.slice(0, 5).join("; ")}${more}`.slice(
    0,
    1_500,
  );
}
