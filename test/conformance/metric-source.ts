import { describe, expect, test } from "vitest";
import type { GuardrailMetric } from "../../src/domain/traffic.ts";
import type { MetricSource } from "../../src/metrics/metric-source.ts";

/** One request through the data plane, and what is to come of it. */
export interface PlayedRequest {
  readonly key: string;
  readonly arm: "champion" | "candidate";
  readonly fails: boolean;
  /** What the model is to decide; 1 or 0. */
  readonly decision: number;
  /** The truth, sent later; absent when it stays unknown. */
  readonly label?: number;
}

/** A metric source and a data plane to fill it. */
export interface MetricSourceUnderTest {
  readonly source: MetricSource;
  readonly environment: string;
  readonly endpoint: string;
  /** Lets requests of one stage of a roll-out happen, labels included; all are counted when it returns. */
  readonly play: (rolloutId: string, stage: number, requests: readonly PlayedRequest[]) => Promise<void>;
}

/** What every metric source must do. A new adapter is finished when this passes. */
export function describeMetricSource(name: string, subject: () => MetricSourceUnderTest): void {
  describe(`${name} is a MetricSource`, () => {
    const fine = { fails: false, decision: 1 };

    test("counts nothing of a roll-out that has seen no traffic", async () => {
      expect(await countsOf(subject(), "unseen", "requestFailures")).toEqual([]);
      expect(await countsOf(subject(), "unseen", "labelFailures")).toEqual([]);
      const mirror = await subject().source.mirror(queryOf(subject(), "unseen"));
      expect(mirror).toEqual({ mirrored: 0, differed: 0, failed: 0 });
    });

    test("counts request failures of keys by stage, for the arm assigned", async () => {
      await subject().play("requests", 0, [
        { ...fine, key: "a", arm: "champion" },
        { ...fine, key: "b", arm: "candidate" },
        { ...fine, key: "c", arm: "candidate", fails: true },
        { ...fine, key: "c", arm: "candidate", fails: true },
      ]);
      await subject().play("requests", 2, [{ ...fine, key: "d", arm: "champion", fails: true }]);
      expect(await countsOf(subject(), "requests", "requestFailures")).toEqual([
        { stage: 0, championUnits: 1, championFailures: 0, candidateUnits: 2, candidateFailures: 1 },
        { stage: 2, championUnits: 1, championFailures: 1, candidateUnits: 0, candidateFailures: 0 },
      ]);
    });

    test("counts label failures over labelled keys only, for the arm assigned", async () => {
      await subject().play("labels", 1, [
        { ...fine, key: "a", arm: "champion", label: 1 },
        { ...fine, key: "b", arm: "champion" },
        { ...fine, key: "c", arm: "candidate", label: 0 },
        { ...fine, key: "c", arm: "candidate", label: 0 },
        { fails: false, decision: 0, key: "d", arm: "candidate", label: 0 },
      ]);
      expect(await countsOf(subject(), "labels", "labelFailures")).toEqual([
        { stage: 1, championUnits: 1, championFailures: 0, candidateUnits: 2, candidateFailures: 1 },
      ]);
    });

    test("keeps roll-outs apart, and goes on where it was at the next look", async () => {
      await subject().play("first", 0, [{ ...fine, key: "a", arm: "candidate", label: 0 }]);
      await subject().play("second", 0, [{ ...fine, key: "a", arm: "champion", label: 1 }]);
      const first = { stage: 0, championUnits: 0, championFailures: 0, candidateUnits: 1, candidateFailures: 1 };
      expect(await countsOf(subject(), "first", "labelFailures")).toEqual([first]);
      expect(await countsOf(subject(), "first", "labelFailures")).toEqual([first]);
      await subject().play("first", 0, [{ ...fine, key: "b", arm: "candidate", label: 1 }]);
      expect(await countsOf(subject(), "first", "labelFailures")).toEqual([{ ...first, candidateUnits: 2 }]);
      expect(await countsOf(subject(), "second", "requestFailures")).toEqual([
        { stage: 0, championUnits: 1, championFailures: 0, candidateUnits: 0, candidateFailures: 0 },
      ]);
    });
  });
}

function queryOf({ environment, endpoint }: MetricSourceUnderTest, rolloutId: string) {
  return { environment, endpoint, rolloutId };
}

function countsOf(subject: MetricSourceUnderTest, rolloutId: string, metric: GuardrailMetric) {
  return subject.source.counts({ ...queryOf(subject, rolloutId), metric });
}
