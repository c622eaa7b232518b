import { formatDuration } from "../../domain/duration.ts";
import type { ReleaseStage, ReleaseStatus } from "../../domain/release.ts";
import { formatTime } from "../local-time.ts";
import { columns } from "../table.ts";
import type { GuardrailJudgement } from "../../gates/canary-judge.ts";
import type { Colors } from "../terminal.ts";
import type { RetryBeat } from "./beats.ts";
import { endText } from "./end-text.ts";
import { jobLine } from "./job-line.ts";
import { rolloutText } from "./rollout-text.ts";
import type { ReleaseSnapshot } from "./snapshot.ts";

const STAGES = [
  "planning",
  "validating data",
  "preparing",
  "training",
  "evaluating",
  "packaging",
  "awaiting approval",
  "awaiting endpoint",
  "rolling out",
] as const satisfies readonly ReleaseStage[];

/** The whole live view of one moment, as text of several lines. */
export function renderFrame(snapshot: ReleaseSnapshot, colors: Colors): string {
  const { status, step, end, trouble } = snapshot;
  const stage = status?.stage;
  const rollout = end === undefined ? rolloutText(status?.rollout, step) : undefined;
  const lines = [
    headline(snapshot, colors),
    ...STAGES.map((name) => stageLine(name, stage, end !== undefined, colors)),
    ...(snapshot.jobs.length > 0 ? ["", ...snapshot.jobs.map((beat) => jobLine(beat, snapshot.atMs, colors))] : []),
    ...(rollout === undefined ? [] : ["", rollout]),
    ...(step?.judgement === undefined
      ? []
      : [guardrailTable(step.judgement.guardrails, colors), step.judgement.message]),
    ...(snapshot.retries.length > 0 ? ["", ...snapshot.retries.map((beat) => colors.yellow(retryText(beat)))] : []),
    ...(status?.awaiting === undefined || end !== undefined ? [] : ["", colors.yellow(`Waits: ${status.awaiting}`)]),
    ...refusalLines(status, colors),
    ...(trouble === undefined ? [] : ["", colors.yellow(trouble)]),
    ...(end === undefined ? [] : ["", endText(snapshot.release, end, colors)]),
  ];
  return lines.join("\n");
}

function headline({ release, status, startedAtMs, atMs, end }: ReleaseSnapshot, colors: Colors): string {
  const what = [status?.model, status?.version].filter((part) => part !== undefined).join(" ");
  const span = formatDuration(Math.max(0, (end?.atMs ?? atMs) - startedAtMs));
  const since = `started ${formatTime(startedAtMs)}, ${end === undefined ? `${span} ago` : `took ${span}`}`;
  return [colors.bold(release), what, colors.dim(since)].filter((part) => part !== "").join("  ");
}

function stageLine(name: string, current: ReleaseStage | undefined, isOver: boolean, colors: Colors): string {
  const order: readonly string[] = STAGES;
  const place = current === undefined ? -1 : current === "closed" ? STAGES.length : order.indexOf(current);
  const own = order.indexOf(name);
  if (own < place) return `  ${isOver ? colors.dim("·") : colors.green("✓")} ${name}`;
  if (own === place && !isOver) return `  ${colors.cyan("▸")} ${colors.bold(name)}`;
  return colors.dim(`    ${name}`);
}

/** Counts of both arms, and the evidence as natural logarithms: harm is proved at ln E of ln(guardrails / alpha). */
export function guardrailTable(guardrails: readonly GuardrailJudgement[], colors: Colors): string {
  return columns(
    ["guardrail", "units", "failures", "risk ratio", "ln E harm", "ln E safe", "verdict"],
    guardrails.map(({ metric, units, failures, observedRatio, logEHarm, logESafe, verdict, reason }) => [
      colors.bold(metric),
      units.toLocaleString("en-US"),
      failures.toLocaleString("en-US"),
      observedRatio === undefined ? "–" : observedRatio.toFixed(2),
      twoDecimals(logEHarm),
      twoDecimals(logESafe),
      reason === undefined ? verdict : `${verdict} (${reason})`,
    ]),
    colors,
  );
}

/** Two decimals, without the sign of a zero. */
function twoDecimals(value: number): string {
  const text = value.toFixed(2);
  return text === "-0.00" ? "0.00" : text;
}

/** An activity that failed and is tried again, in one line. */
export function retryText({ activity, attempt, message }: RetryBeat): string {
  return `${activity} is tried again (attempt ${attempt}): ${message}`;
}

function refusalLines(status: ReleaseStatus | undefined, colors: Colors): readonly string[] {
  const last = status?.refusals.at(-1);
  if (status === undefined || last === undefined) return [];
  return ["", colors.dim(`Refused messages: ${status.refusalCount}. The last: ${last.message}: ${last.reason}`)];
}
