import Table from "cli-table3";
import { formatDuration } from "../../domain/duration.ts";
import type { ReleaseOutcome } from "../../domain/release.ts";
import type { Colors } from "../terminal.ts";
import { outcomeColor } from "../watch/end-text.ts";
import type { DemoOutcome } from "./release-example.ts";
import type { EndedRelease } from "./release-run.ts";
import type { JobKilled } from "./training-kill.ts";
import type { WorkerKilled } from "./worker-kill.ts";

/** What the demo ends in; printed as one line under `--json`. */
export interface DemoResult {
  readonly releases: readonly {
    readonly id: string;
    readonly version: string | null;
    readonly outcome: ReleaseOutcome | "Failed";
    readonly seconds: number;
  }[];
  /** Absent when the training was over before the kill. */
  readonly workerKilled?: WorkerKilled;
  readonly jobKilled?: JobKilled;
}

const EXPECTED = ["Promoted", "Promoted", "RolledBack"] as const;

export function demoResult({
  ended,
  workerKilled,
  jobKilled,
}: Pick<DemoOutcome, "ended" | "workerKilled" | "jobKilled">): DemoResult {
  return {
    releases: ended.map(({ id, end, tookMs }) => ({
      id,
      version: end.kind === "concluded" ? (end.result.version ?? null) : null,
      outcome: end.kind === "concluded" ? end.result.outcome : "Failed",
      seconds: Math.round(tookMs / 100) / 10,
    })),
    ...(workerKilled === undefined ? {} : { workerKilled }),
    ...(jobKilled === undefined ? {} : { jobKilled }),
  };
}

/** Did the three releases end as they must: the first two promoted, the harmful one rolled back? */
export function isAsExpected({ releases }: DemoResult): boolean {
  return (
    releases.length === EXPECTED.length && EXPECTED.every((outcome, index) => releases[index]?.outcome === outcome)
  );
}

/** The releases as a table: what each was, how it ended and why. */
export function summaryTable(ended: readonly EndedRelease[], abouts: readonly string[], colors: Colors): string {
  const table = new Table({
    head: ["release", "version", "outcome", "took", "what it was, and how it ended"],
    style: { head: [], border: [] },
    colWidths: [null, null, null, null, 60],
    wordWrap: true,
  });
  ended.forEach(({ id, end, tookMs }, index) => {
    const about = abouts[index] ?? "";
    if (end.kind === "failed")
      table.push([id, "", colors.red("Failed"), formatDuration(tookMs), `${about} ${end.message}`]);
    else {
      const { outcome, message, version } = end.result;
      const colored = outcomeColor(outcome, colors)(outcome);
      table.push([id, version ?? "", colored, formatDuration(tookMs), `${about} ${message}`]);
    }
  });
  return table.toString();
}
