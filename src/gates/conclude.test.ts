import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { gateOf } from "../../test/support/evaluation.ts";
import type { GateAction, VerdictStatus } from "../domain/verdict.ts";
import { conclude } from "./conclude.ts";
import type { GateVerdict } from "./judge.ts";

const subject = { candidate: "sha256:a", dataset: "sha256:d", engine: "gates 1" } as const;
const actions = fc.constantFrom<GateAction>("block", "requireApproval", "warn");
const statuses = fc.constantFrom<VerdictStatus>("Successful", "Warning", "Failed", "Inconclusive", "Error");
const judged = fc
  .record({ status: statuses, baseline: fc.boolean(), onFail: actions, onInconclusive: actions, onNoBaseline: actions })
  .map(({ status, baseline, ...gate }): GateVerdict => ({
    gate: gateOf(gate),
    verdict: { name: "gate", status, message: "", ...(!baseline && { reason: "noBaseline" }) },
  }));

function one(status: VerdictStatus, gate: Parameters<typeof gateOf>[0], reason?: string): GateVerdict {
  return {
    gate: gateOf(gate),
    verdict: { name: "gate", status, message: "", ...(reason !== undefined && { reason }) },
  };
}

describe("what the verdicts come to", () => {
  test("is a pass when all are successful, with what was judged", () => {
    const report = conclude([one("Successful", {})], { ...subject, champion: "sha256:c" });
    expect(report).toEqual({
      conclusion: "pass",
      verdicts: [{ name: "gate", status: "Successful", message: "", action: "pass" }],
      candidate: "sha256:a",
      champion: "sha256:c",
      dataset: "sha256:d",
      engine: "gates 1",
    });
  });

  test("follows each gate's own action", () => {
    expect(conclude([one("Failed", { onFail: "requireApproval" })], subject).conclusion).toBe("requireApproval");
    expect(conclude([one("Failed", { onFail: "warn" })], subject).conclusion).toBe("pass");
    expect(conclude([one("Inconclusive", { onInconclusive: "warn" })], subject).conclusion).toBe("pass");
    expect(conclude([one("Inconclusive", {})], subject).conclusion).toBe("block");
    expect(conclude([one("Warning", {})], subject).verdicts[0]?.action).toBe("warn");
  });

  test("asks what to do without a champion apart from what to do without enough rows", () => {
    const gate = { onNoBaseline: "warn", onInconclusive: "block" } as const;
    expect(conclude([one("Inconclusive", gate, "noBaseline")], subject)).toMatchObject({
      conclusion: "pass",
      verdicts: [{ reason: "noBaseline", action: "warn" }],
    });
    expect(conclude([one("Inconclusive", gate, "insufficientData")], subject).conclusion).toBe("block");
  });

  test("blocks when nothing was judged", () => {
    expect(conclude([], subject).conclusion).toBe("block");
  });

  test.prop([fc.array(judged), judged, fc.nat()])(
    "never passes an error, wherever it stands and whatever its gate says",
    (others, error, place) => {
      const failed: GateVerdict = { ...error, verdict: { ...error.verdict, status: "Error" } };
      const all = others.toSpliced(place % (others.length + 1), 0, failed);
      expect(conclude(all, subject).conclusion).toBe("block");
    },
  );

  test.prop([fc.array(judged, { minLength: 1 }), judged])(
    "never gets milder by a further verdict",
    (verdicts, further) => {
      const strictness = { pass: 0, requireApproval: 1, block: 2 };
      const before = conclude(verdicts, subject).conclusion;
      const after = conclude([...verdicts, further], subject).conclusion;
      expect(strictness[after]).toBeGreaterThanOrEqual(strictness[before]);
    },
  );

  test.prop([fc.array(judged)])("does not depend on the order", (verdicts) => {
    expect(conclude(verdicts.toReversed(), subject).conclusion).toBe(conclude(verdicts, subject).conclusion);
  });
});
