import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../src/registry/database.ts";
import { findEvaluation, recordEvaluation } from "../../src/registry/evaluations.ts";
import { getGateReport, getGateReports, recordGateReport } from "../../src/registry/gate-reports.ts";
import { finishAttempt, listAttempts, recordAttempt } from "../../src/registry/jobs.ts";
import { getPipeline, listPipelines, registerPipeline } from "../../src/registry/pipelines.ts";
import { closeRelease, getPlan, getRelease, openRelease, setReleaseStage } from "../../src/registry/releases.ts";
import {
  getSnapshot,
  listDataReports,
  listSnapshots,
  recordDataReport,
  recordSnapshot,
} from "../../src/registry/snapshots.ts";
import { listUsage, recordUsage } from "../../src/registry/usage.ts";
import { freshDatabase, type TestDatabase } from "../support/postgres.ts";
import { anOpening, aPlan, aReport, someDigest } from "./registry-samples.ts";

import { anOpenRelease, nextRelease, rowsAddedBy, type WriteCase } from "./registry-once.ts";

let registry: TestDatabase;
let db: Database;

beforeAll(async () => {
  registry = await freshDatabase();
  db = registry.db;
});
afterAll(() => registry.close());

describe("what a release records twice is recorded once, with one audit row", () => {
  const cases: Readonly<Record<string, () => Promise<WriteCase>>> = {
    "opening a release": async () => {
      const release = nextRelease();
      return {
        write: () => openRelease(db, anOpening(release, { pipeline: "employment", revision: 3 })),
        async holds() {
          expect(await getRelease(db, release)).toMatchObject({ stage: "planning", revision: 3, requestedBy: "ana" });
          expect(await getPlan(db, anOpening(release).planDigest)).toEqual(aPlan());
        },
      };
    },
    "entering a stage": async () => {
      const release = await anOpenRelease(db);
      return {
        write: () => setReleaseStage(db, release, "training"),
        holds: async () => expect((await getRelease(db, release)).stage).toBe("training"),
      };
    },
    "closing a release": async () => {
      const release = await anOpenRelease(db);
      return {
        write: () => closeRelease(db, release, { outcome: "GateFailed", message: "too weak", endedAtMs: 5 }),
        holds: async () =>
          expect(await getRelease(db, release)).toMatchObject({
            stage: "closed",
            outcome: "GateFailed",
            endedAtMs: 5,
          }),
      };
    },
    "registering a pipeline": async () => {
      const pipeline = {
        name: "employment",
        code: someDigest("code"),
        spec: { model: "employment" },
        specDigest: someDigest("spec"),
        registeredBy: "ana",
      };
      return {
        write: () => registerPipeline(db, pipeline),
        async holds() {
          expect(await getPipeline(db, "employment")).toMatchObject({ ...pipeline, revision: 1 });
          expect(await listPipelines(db)).toHaveLength(1);
        },
      };
    },
    "recording an attempt": async () => {
      const key = { release: await anOpenRelease(db), job: "train", attempt: 1 };
      const handle = { backend: "local", name: "job-1", uid: "u1", specDigest: someDigest("attempt") };
      return {
        write: () => recordAttempt(db, { ...key, ...handle }),
        holds: async () => expect(await listAttempts(db, key.release)).toMatchObject([{ ...key, ...handle }]),
      };
    },
    "finishing an attempt": async () => {
      const key = { release: await anOpenRelease(db), job: "train", attempt: 1 };
      await recordAttempt(db, { ...key, backend: "local", name: "job-1", uid: "u1", specDigest: someDigest("a") });
      const outcome = { status: "succeeded", output: someDigest("out"), startedAtMs: 1, endedAtMs: 2 } as const;
      return {
        write: () => finishAttempt(db, { ...key, outcome, resumedFromStep: 40 }),
        holds: async () =>
          expect(await listAttempts(db, key.release)).toMatchObject([{ outcome, resumedFromStep: 40 }]),
      };
    },
    "recording usage": async () => {
      const interval = {
        release: await anOpenRelease(db),
        job: "train",
        attempt: 1,
        execution: "e1",
        host: "here",
        cpus: 1.5,
        gpus: 0,
        state: "running",
        startAtMs: 1,
        endAtMs: 9,
      };
      return {
        write: () => recordUsage(db, interval),
        holds: async () => expect(await listUsage(db, interval.release)).toEqual([interval]),
      };
    },
    "pinning a snapshot": async () => {
      const release = await anOpenRelease(db);
      const snapshot = { name: "train", digest: someDigest(release), sizeBytes: 10_000_000_000, rows: 3 };
      return {
        write: () => recordSnapshot(db, { release, snapshot }),
        async holds() {
          expect(await getSnapshot(db, snapshot.digest)).toEqual(snapshot);
          expect(await listSnapshots(db, release)).toEqual([snapshot]);
        },
      };
    },
    "recording a data report": async () => {
      const release = await anOpenRelease(db);
      const verdicts = [{ name: "rows", status: "Failed" as const, message: "3 rows" }];
      const report = {
        dataset: "train",
        snapshot: someDigest("s"),
        status: "Failed" as const,
        verdicts,
        engine: "e",
      };
      return {
        write: () => recordDataReport(db, { release, report }),
        holds: async () => expect(await listDataReports(db, release)).toEqual([report]),
      };
    },
    "recording a gate report": async () => {
      const recorded = {
        release: await anOpenRelease(db),
        round: 1,
        reportDigest: someDigest("r1"),
        report: aReport(),
      };
      return {
        write: () => recordGateReport(db, recorded),
        async holds() {
          expect(await getGateReports(db, recorded.release)).toEqual([recorded]);
          expect(await getGateReport(db, recorded.reportDigest)).toEqual(recorded.report);
        },
      };
    },
    "recording an evaluation": async () => {
      const release = await anOpenRelease(db);
      const key = {
        modelDigest: someDigest("m"),
        evaluationDigest: someDigest("e"),
        datasetDigest: someDigest("d"),
      };
      return {
        write: () => recordEvaluation(db, { ...key, output: someDigest("o"), release }),
        async holds() {
          expect(await findEvaluation(db, key)).toBe(someDigest("o"));
          expect(await findEvaluation(db, { ...key, datasetDigest: someDigest("other") })).toBeUndefined();
        },
      };
    },
  };

  test.each(Object.entries(cases))("%s", async (_, prepare) => {
    const { write, holds } = await prepare();
    expect(await rowsAddedBy(db, write)).toBe(1);
    await holds();
    expect(await rowsAddedBy(db, write)).toBe(0);
    await holds();
  });
});
