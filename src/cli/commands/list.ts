import { Command, Option, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { formatDuration } from "../../domain/duration.ts";
import { listReleases, type ReleaseRecord } from "../../registry/releases.ts";
import type { Context } from "../context.ts";
import { examples } from "../examples.ts";
import { formatTime } from "../local-time.ts";
import type { Session } from "../session.ts";
import { columns } from "../table.ts";
import type { Colors } from "../terminal.ts";
import { outcomeColor } from "../watch/end-text.ts";

const OUTCOMES = [
  "open",
  "Promoted",
  "RolledBack",
  "GateFailed",
  "JobFailed",
  "Rejected",
  "Expired",
  "Aborted",
  "Superseded",
] as const;

interface ListOptions {
  readonly model?: string;
  readonly outcome?: (typeof OUTCOMES)[number];
  readonly limit: number;
  readonly cursor?: string;
}

/** `slipway list` */
export function listCommand(session: Session): CommandUnknownOpts {
  return new Command("list")
    .description("Lists releases, newest first, as the registry knows them.")
    .summary("list releases")
    .option("--model <name>", "only those of this model")
    .addOption(new Option("--outcome <outcome>", "only those that ended so, or are open").choices(OUTCOMES))
    .option("--limit <n>", "how many, 1 to 500", Number, 50)
    .option("--cursor <next>", "where to go on: what the page before gave as next")
    .addHelpText("after", examples("list", "list --model employment --outcome open", "list --json"))
    .action((options, command) => session(command, (context) => list(context, options)));
}

async function list(context: Context, options: ListOptions): Promise<number> {
  const { output } = context;
  const page = await listReleases(await context.registry(), options);
  output.result({ releases: page.items, next: page.next }, () =>
    page.items.length === 0
      ? "No releases. Start one with: slipway run"
      : [
          releaseTable(page.items, Date.now(), output.out.colors),
          ...(page.next === undefined ? [] : [`More: slipway list --cursor ${page.next}`]),
        ].join("\n"),
  );
  return 0;
}

function releaseTable(releases: readonly ReleaseRecord[], nowMs: number, colors: Colors): string {
  return columns(
    ["release", "model", "version", "state", "began", "took", "asked for by"],
    releases.map(({ release, model, version, outcome, stage, startedAtMs, endedAtMs, requestedBy }) => [
      colors.bold(release),
      model,
      version ?? "",
      outcome === undefined ? colors.cyan(stage) : outcomeColor(outcome, colors)(outcome),
      formatTime(startedAtMs),
      formatDuration((endedAtMs ?? nowMs) - startedAtMs),
      requestedBy,
    ]),
    colors,
  );
}
