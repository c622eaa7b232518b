import picocolors from "picocolors";
import { describe, expect, test } from "vitest";
import type { ReleaseStatus } from "../../domain/release.ts";
import type { JobBeat, StepBeat } from "./beats.ts";
import { readJobBeat, readStepBeat } from "./beats.ts";
import { changesBetween } from "./changes.ts";
import { renderFrame } from "./frame.ts";
import { progressBar } from "./job-line.ts";
import type { ReleaseSnapshot } from "./snapshot.ts";

const plain = picocolors.createColors(false);

const status: ReleaseStatus = {
  release: "r-1",
  stage: "training",
  model: "employment",
  attempts: [],
  refusals: [],
  refusalCount: 0,
  startedAtMs: 0,
};

const looked = (more: Partial<ReleaseSnapshot> = {}): ReleaseSnapshot => ({
  release: "r-1",
  atMs: 10_000,
  startedAtMs: 0,
  isOpen: true,
  jobs: [],
  retries: [],
  status,
  ...more,
});

const training = (step: number, pid = 4711): JobBeat => ({
  job: "train",
  attempt: 1,
  observation: {
    phase: "running",
    startedAtMs: 1_000,
    progress: { step, total: 60, metrics: { loss: 0.123_456 } },
    checkpoint: { step: 5, digest: "sha256:0", fence: "f" },
    process: { pid, startTime: "99" },
  },
});

const judged: StepBeat = {
  step: 2,
  percent: 50,
  mirrorPercent: 0,
  elapsedMs: 3_000,
  samples: 1_234,
  judgement: {
    status: "Inconclusive",
    message: "open",
    guardrails: [
      { metric: "labelFailures", verdict: "Inconclusive", logEHarm: 1.234, logESafe: -0.5, failures: 40, units: 1_000 },
    ],
  },
};

describe("the live view of a release", () => {
  test("marks the stages that are over and the one in progress", () => {
    const frame = renderFrame(looked(), plain);
    expect(frame).toContain("✓ validating data");
    expect(frame).toContain("▸ training");
    expect(frame).toMatch(/^ {4}evaluating$/mu);
  });

  test("shows a training's process, bar, metrics and checkpoint", () => {
    expect(renderFrame(looked({ jobs: [training(30)] }), plain)).toContain(
      "train, attempt 1  pid 4711  ████████████░░░░░░░░░░░░  30/60  loss 0.1235  checkpoint 5  9 s",
    );
  });

  test("shows a canary's counts and its evidence", () => {
    const frame = renderFrame(looked({ step: judged }), plain);
    expect(frame).toContain("stage 3, candidate answers 50 %, 1,234 samples");
    expect(frame).toMatch(/labelFailures +1,000 +40 +– +1\.23 +-0\.50 +Inconclusive/u);
  });

  test("says what is waited for, what was refused and what fails again and again", () => {
    const waiting = {
      ...status,
      awaiting: "approval of employment 1.0.0",
      refusals: [{ message: "approve", code: "stale", reason: "another request", atMs: 1 }],
      refusalCount: 7,
    };
    const retries = [{ activity: "judgeEvaluation", attempt: 3, message: "no disk" }];
    const frame = renderFrame(looked({ status: waiting, retries }), plain);
    expect(frame).toContain("Waits: approval of employment 1.0.0");
    expect(frame).toContain("Refused messages: 7. The last: approve: another request");
    expect(frame).toContain("judgeEvaluation is tried again (attempt 3): no disk");
  });

  test("can be drawn before a worker has said anything", () => {
    const { status: _, ...silent } = looked({ trouble: "No worker answers now." });
    expect(renderFrame(silent, plain)).toContain("No worker answers now.");
  });
});

describe("the lines of a release", () => {
  test("say nothing when nothing happened", () => {
    const now = looked({ jobs: [training(7)] });
    expect(changesBetween(now, { ...now, atMs: 11_000 }, plain)).toEqual([]);
  });

  test("tell a training's progress by tenths, and every change of its process", () => {
    const at = (beat: JobBeat): ReleaseSnapshot => looked({ jobs: [beat] });
    expect(changesBetween(at(training(7)), at(training(11)), plain)).toEqual([]);
    expect(changesBetween(at(training(11)), at(training(12)), plain)).toHaveLength(1);
    expect(changesBetween(at(training(7)), at(training(7, 4712)), plain)).toHaveLength(1);
  });

  test("tell an outage once, and its end", () => {
    const away = looked({ trouble: "The server is away." });
    expect(changesBetween(looked(), away, plain)).toEqual(["The server is away."]);
    expect(changesBetween(away, away, plain)).toEqual([]);
    expect(changesBetween(away, looked(), plain)).toEqual(["Answers again."]);
  });

  test("tell each refusal once, also when many come between two looks", () => {
    const refusals = [1, 2, 3].map((n) => ({ message: `m${n}`, code: "stale", reason: "r", atMs: n }));
    const now = looked({ status: { ...status, refusals, refusalCount: 3 } });
    const before = looked({ status: { ...status, refusals: refusals.slice(0, 1), refusalCount: 1 } });
    expect(changesBetween(before, now, plain)).toEqual(["refused m2: r", "refused m3: r"]);
  });

  test("end with the outcome", () => {
    const result = {
      release: "r-1",
      outcome: "RolledBack",
      message: "harm shown",
      model: "employment",
      version: "1.2.0",
      planDigest: "sha256:0",
    } as const;
    const end = { kind: "concluded", result, atMs: 20_000 } as const;
    const now = looked({ isOpen: false, end, status: { ...status, stage: "closed" } });
    expect(changesBetween(looked(), now, plain)).toEqual(["RolledBack  r-1 (version 1.2.0): harm shown"]);
  });
});

describe("what activities say in their heartbeats", () => {
  test("is understood when it is ours", () => {
    expect(readJobBeat(training(3))).toEqual(training(3));
    expect(readStepBeat(judged)).toEqual(judged);
  });

  test.each([undefined, null, 7, "text", {}, { phase: "judging" }, { job: "train" }, { step: "1", percent: 5 }])(
    "is passed over when it is %j",
    (details) => {
      expect(readJobBeat(details)).toBeUndefined();
      expect(readStepBeat(details)).toBeUndefined();
    },
  );
});

describe("a progress bar", () => {
  test.each([-1, 0, 0.5, 1, 7])("keeps its width at %d", (fraction) => {
    expect(progressBar(fraction, plain)).toHaveLength(24);
  });
});
