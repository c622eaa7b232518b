import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { examples } from "../examples.ts";
import { newestRelease } from "../releases.ts";
import type { Session } from "../session.ts";
import { renderFrame } from "../watch/frame.ts";
import { takeSnapshot } from "../watch/take-snapshot.ts";
import { watchRelease } from "../watch/watch.ts";

/** `slipway status` */
export function statusCommand(session: Session): CommandUnknownOpts {
  return new Command("status")
    .description("Shows where a release stands and what it waits for.")
    .summary("show where a release stands")
    .argument("[release]", "id of the release (default: the one that began last)")
    .option("--watch", "follow it to its end; Ctrl-C lets go")
    .addHelpText("after", examples("status", "status employment-20261121-110512-k4f --watch", "status --json"))
    .action((release, options, command) =>
      session(command, (context) => showStatus(context, release, options.watch === true)),
    );
}

async function showStatus(context: Context, named: string | undefined, isWatched: boolean): Promise<number> {
  const link = await context.temporal();
  const release = named ?? (await newestRelease(link));
  if (isWatched) return watchRelease(context, release);
  const snapshot = await takeSnapshot(link, release);
  context.output.result(snapshot, () => renderFrame(snapshot, context.output.out.colors));
  return 0;
}
