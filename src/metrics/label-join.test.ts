import { fc, test as law } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { CaptureRecord } from "../gateway/capture-record.ts";
import type { LabelRecord } from "../gateway/label-record.ts";
import { createLabelJoin, LABEL_JOIN_LIMITS } from "./label-join.ts";

const ROLLOUT = "roll-out";

const request = (record: Partial<CaptureRecord> & { readonly id: string }): CaptureRecord => ({
  at: 1_000,
  key: record.id,
  rolloutId: ROLLOUT,
  stage: 0,
  arm: "champion",
  served: "champion",
  version: "1.0.0",
  status: 200,
  latencyMs: 3,
  rows: [{ row: 0, decision: 1, output: 0.8 }],
  ...record,
});
const label = (id: string, value: LabelRecord["label"], more: Partial<LabelRecord> = {}): LabelRecord => ({
  id,
  row: 0,
  label: value,
  receivedAtMs: 2_000,
  ...more,
});
const counts = (
  championUnits: number,
  championFailures: number,
  candidateUnits: number,
  candidateFailures: number,
) => ({
  championUnits,
  championFailures,
  candidateUnits,
  candidateFailures,
});

describe("joining labels", () => {
  test("counts keys that have a label, and those whose prediction it proves wrong", () => {
    const join = createLabelJoin(ROLLOUT);
    for (const id of ["a", "b", "c"]) join.addRequest(request({ id }));
    join.addRequest(request({ id: "d", arm: "candidate" }));
    join.addLabel(label("a", 1));
    join.addLabel(label("b", 0));
    join.addLabel(label("d", 0));
    expect(join.counts()).toEqual([{ stage: 0, ...counts(2, 1, 1, 1) }]);
  });

  test("counts a key once a stage, and fails it at its first wrong prediction", () => {
    const join = createLabelJoin(ROLLOUT);
    for (const id of ["a", "b", "c"]) join.addRequest(request({ id, key: "anna" }));
    join.addRequest(request({ id: "d", key: "anna", stage: 1 }));
    for (const [id, value] of [
      ["a", 1],
      ["b", 0],
      ["c", 0],
      ["d", 1],
    ] as const)
      join.addLabel(label(id, value));
    expect(join.counts()).toEqual([
      { stage: 0, ...counts(1, 1, 0, 0) },
      { stage: 1, ...counts(1, 0, 0, 0) },
    ]);
  });

  test("counts the champion's answer for a failing candidate as the candidate's", () => {
    const join = createLabelJoin(ROLLOUT);
    join.addRequest(request({ id: "a", arm: "candidate", served: "champion", failure: "transport" }));
    join.addLabel(label("a", 0));
    expect(join.counts()).toEqual([{ stage: 0, ...counts(0, 0, 1, 1) }]);
  });

  test("passes over mirrored requests, other roll-outs and answers without a decision", () => {
    const join = createLabelJoin(ROLLOUT);
    join.addRequest(request({ id: "a", mirrored: true, arm: "candidate" }));
    join.addRequest(request({ id: "b", rolloutId: "another" }));
    join.addRequest(request({ id: "c", rows: [] }));
    for (const id of ["a", "b", "c", "d"]) join.addLabel(label(id, 0));
    expect(join.counts()).toEqual([]);
  });

  test("joins by row", () => {
    const join = createLabelJoin(ROLLOUT);
    join.addRequest(
      request({
        id: "a",
        rows: [
          { row: 0, decision: 1 },
          { row: 1, decision: "no" },
        ],
      }),
    );
    join.addLabel(label("a", true));
    expect(join.counts()).toEqual([{ stage: 0, ...counts(1, 0, 0, 0) }]);
    join.addLabel(label("a", "yes", { row: 1 }));
    expect(join.counts()).toEqual([{ stage: 0, ...counts(1, 1, 0, 0) }]);
  });

  test("lets the first label of a row stand", () => {
    const join = createLabelJoin(ROLLOUT);
    join.addRequest(request({ id: "a" }));
    join.addLabel(label("a", 1));
    join.addLabel(label("a", 0));
    expect(join.counts()).toEqual([{ stage: 0, ...counts(1, 0, 0, 0) }]);
  });

  test("leaves out labels beyond the horizon, in both arms", () => {
    const join = createLabelJoin(ROLLOUT, { ...LABEL_JOIN_LIMITS, horizonMs: 500 });
    for (const [id, arm] of [
      ["a", "champion"],
      ["b", "candidate"],
      ["c", "champion"],
    ] as const) {
      join.addRequest(request({ id, arm }));
    }
    join.addLabel(label("a", 0, { receivedAtMs: 1_500 }));
    join.addLabel(label("b", 0, { receivedAtMs: 1_501 }));
    join.addLabel(label("c", 0, { receivedAtMs: 9_000 }));
    expect(join.counts()).toEqual([{ stage: 0, ...counts(1, 1, 0, 0) }]);
  });

  test("gives up the oldest requests and labels when too many wait", () => {
    const join = createLabelJoin(ROLLOUT, { maxWaitingRequests: 2, maxWaitingLabels: 2 });
    for (const id of ["a", "b", "c"]) join.addRequest(request({ id }));
    for (const id of ["a", "b", "c"]) join.addLabel(label(id, 1));
    expect(join.counts()).toEqual([{ stage: 0, ...counts(2, 0, 0, 0) }]);
    for (const id of ["x", "y", "z"]) join.addLabel(label(id, 1));
    for (const id of ["x", "y", "z"]) join.addRequest(request({ id }));
    expect(join.counts()).toEqual([{ stage: 0, ...counts(4, 0, 0, 0) }]);
  });

  const ids = fc.nat(6).map((number) => `id-${number}`);
  law.prop([
    fc.uniqueArray(fc.record({ id: ids, arm: fc.constantFrom("champion" as const, "candidate" as const) }), {
      selector: ({ id }) => id,
    }),
    fc.uniqueArray(fc.record({ id: ids, value: fc.nat(1) }), { selector: ({ id }) => id }),
    fc.array(fc.boolean()),
  ])("finds the same whichever of request and label comes first", (requests, labels, order) => {
    const requestsFirst = createLabelJoin(ROLLOUT);
    for (const one of requests) requestsFirst.addRequest(request(one));
    for (const { id, value } of labels) requestsFirst.addLabel(label(id, value));
    const mixed = createLabelJoin(ROLLOUT);
    const [waitingRequests, waitingLabels] = [[...requests], [...labels]];
    for (const isLabel of [...order, ...labels.map(() => true), ...requests.map(() => false)]) {
      const nextLabel = isLabel ? waitingLabels.shift() : undefined;
      const nextRequest = isLabel ? undefined : waitingRequests.shift();
      if (nextLabel !== undefined) mixed.addLabel(label(nextLabel.id, nextLabel.value));
      if (nextRequest !== undefined) mixed.addRequest(request(nextRequest));
    }
    expect(mixed.counts()).toEqual(requestsFirst.counts());
  });
});
