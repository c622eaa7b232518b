import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../src/registry/database.ts";
import { openApprovalRequest } from "../../src/registry/decisions.ts";
import { recordServer, retireServers, serversToDelete } from "../../src/registry/endpoint-servers.ts";
import { recordGateReport } from "../../src/registry/gate-reports.ts";
import { finishAttempt, recordAttempt } from "../../src/registry/jobs.ts";
import { getPipeline, registerPipeline } from "../../src/registry/pipelines.ts";
import { closeRelease, getRelease, openRelease, setReleaseStage } from "../../src/registry/releases.ts";
import { finishRollout } from "../../src/registry/rollouts.ts";
import { recordSnapshot } from "../../src/registry/snapshots.ts";
import { freshDatabase, type TestDatabase } from "../support/postgres.ts";
import { anOpening, aReport, aRequest, aServer, someDigest } from "./registry-samples.ts";

import { anOpenRelease, rowsAddedBy } from "./registry-once.ts";

let registry: TestDatabase;
let db: Database;

beforeAll(async () => {
  registry = await freshDatabase();
  db = registry.db;
});
afterAll(() => registry.close());

const backTo = (spec: string) => ({ name: "back", spec: { spec }, specDigest: someDigest(spec), registeredBy: "ana" });

describe("what a release did stays as it was first recorded", () => {
  test("a release id of another run is refused", async () => {
    const release = await anOpenRelease(db);
    const other = anOpening(release, { firstExecutionRunId: "another-run" });
    await expect(openRelease(db, other)).rejects.toMatchObject({ code: "release.exists" });
  });

  test("a release that has ended ends no other way and enters no stage", async () => {
    const release = await anOpenRelease(db);
    await closeRelease(db, release, { outcome: "Rejected", message: "no", endedAtMs: 1 });
    const promoted = { outcome: "Promoted", message: "yes", endedAtMs: 2 } as const;
    await expect(closeRelease(db, release, promoted)).rejects.toMatchObject({ code: "registry.conflict" });
    await setReleaseStage(db, release, "training");
    expect(await getRelease(db, release)).toMatchObject({ stage: "closed", outcome: "Rejected", message: "no" });
  });

  test("an attempt whose object was replaced is refused", async () => {
    const release = await anOpenRelease(db);
    const start = {
      release,
      job: "train",
      attempt: 1,
      backend: "local",
      name: "n",
      uid: "u1",
      specDigest: someDigest("x"),
    };
    await recordAttempt(db, start);
    await expect(recordAttempt(db, { ...start, uid: "u2" })).rejects.toMatchObject({ code: "job.name-conflict" });
  });

  test("an attempt that was never recorded cannot end", async () => {
    const release = await anOpenRelease(db);
    const outcome = { status: "succeeded", output: someDigest("o"), startedAtMs: 1, endedAtMs: 2 } as const;
    await expect(finishAttempt(db, { release, job: "train", attempt: 1, outcome })).rejects.toMatchObject({
      code: "job.not-found",
    });
  });

  test("a data set pinned with other content is refused", async () => {
    const release = await anOpenRelease(db);
    const snapshot = { name: "train", digest: someDigest("one"), sizeBytes: 1, rows: 1 };
    await recordSnapshot(db, { release, snapshot });
    const other = { ...snapshot, digest: someDigest("two") };
    await expect(recordSnapshot(db, { release, snapshot: other })).rejects.toMatchObject({ code: "data.changed" });
  });

  test("a round that was judged keeps its report, and one that asked keeps its request", async () => {
    const release = await anOpenRelease(db);
    const report = { release, round: 1, reportDigest: someDigest("first"), report: aReport() };
    await recordGateReport(db, report);
    const other = { ...report, reportDigest: someDigest("second") };
    await expect(recordGateReport(db, other)).rejects.toMatchObject({ code: "registry.conflict" });
    const request = aRequest(release);
    await openApprovalRequest(db, { request, requestDigest: someDigest("request 1") });
    const again = { request, requestDigest: someDigest("request 2") };
    await expect(openApprovalRequest(db, again)).rejects.toMatchObject({ code: "registry.conflict" });
  });

  test("nothing is recorded of a release that was not opened", async () => {
    const report = { release: "nowhere", round: 1, reportDigest: someDigest("r"), report: aReport() };
    await expect(recordGateReport(db, report)).rejects.toMatchObject({ code: "release.not-found" });
    await expect(getRelease(db, "nowhere")).rejects.toMatchObject({ code: "release.not-found" });
    await expect(setReleaseStage(db, "nowhere", "training")).rejects.toMatchObject({ code: "release.not-found" });
  });

  test("a roll-out that never began has nothing to end", async () => {
    expect(
      await rowsAddedBy(db, () => finishRollout(db, { rollout: "never", outcome: "Aborted", message: "", atMs: 1 })),
    ).toBe(0);
  });

  test("a pipeline that returns to earlier content gets a new revision", async () => {
    expect(await registerPipeline(db, backTo("a"))).toEqual({ revision: 1, created: true });
    expect(await registerPipeline(db, backTo("b"))).toEqual({ revision: 2, created: true });
    expect(await registerPipeline(db, backTo("a"))).toEqual({ revision: 3, created: true });
    expect(await getPipeline(db, "back", 2)).toMatchObject({ spec: { spec: "b" } });
    expect(await getPipeline(db, "unknown")).toBeUndefined();
  });

  test("a server that was to be deleted and is started again is wanted again", async () => {
    const place = { environment: "production", endpoint: "again" };
    await recordServer(db, { ...aServer("1.0.0"), ...place });
    await retireServers(db, { ...place, keep: [], deleteAfterMs: 1 });
    await recordServer(db, { ...aServer("1.0.0"), ...place });
    expect(await serversToDelete(db, { ...place, nowMs: 1 })).toEqual([]);
  });
});
