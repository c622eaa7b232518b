import type { Progress } from "../../domain/job.ts";
import { formatDuration } from "../../domain/duration.ts";
import type { Colors } from "../terminal.ts";
import type { JobBeat } from "./beats.ts";

const BAR_CELLS = 24;

/** One running job in one line: its process, how far it is, its newest metrics and checkpoint. */
export function jobLine({ job, attempt, observation }: JobBeat, nowMs: number, colors: Colors): string {
  const name = `${job}, attempt ${attempt}`;
  switch (observation.phase) {
    case "preparing":
    case "unknown":
      return `${name}: ${observation.phase}: ${observation.message}`;
    case "queued":
      return `${name}: waits for a slot${observation.position === undefined ? "" : `, place ${observation.position}`}: ${observation.message}`;
    case "running": {
      const parts = [
        name,
        observation.process === undefined ? undefined : `pid ${observation.process.pid}`,
        observation.progress === undefined ? "no progress yet" : progressText(observation.progress, colors),
        observation.resumedFromStep === undefined ? undefined : `went on from step ${observation.resumedFromStep}`,
        observation.checkpoint === undefined ? undefined : `checkpoint ${observation.checkpoint.step}`,
        formatDuration(Math.max(0, nowMs - observation.startedAtMs)),
      ];
      return parts.filter((part) => part !== undefined).join("  ");
    }
    case "succeeded":
      return `${name}: succeeded after ${formatDuration(observation.endedAtMs - observation.startedAtMs)}`;
    case "failed":
      return `${name}: failed (${observation.failureClass}): ${observation.message}`;
  }
}

/** `████████░░░░  24/60  loss 0.431`: the bar only when the script said how many steps there are. */
export function progressText({ step, total, metrics }: Progress, colors: Colors): string {
  const shown = Object.entries(metrics ?? {}).map(([name, value]) => `${name} ${metricText(value)}`);
  if (total === undefined || total <= 0) return [`step ${step}`, ...shown].join("  ");
  return [progressBar(step / total, colors), `${step}/${total}`, ...shown].join("  ");
}

/** A bar of fixed width for a fraction; outside 0 to 1 it is cut. */
export function progressBar(fraction: number, colors: Colors): string {
  const cells = Math.round(Math.min(1, Math.max(0, fraction)) * BAR_CELLS);
  return colors.green("█".repeat(cells)) + colors.dim("░".repeat(BAR_CELLS - cells));
}

function metricText(value: number | string): string {
  return typeof value === "number" ? String(Number(value.toPrecision(4))) : value;
}
