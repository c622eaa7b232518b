import { setTimeout as delay } from "node:timers/promises";
import { createLogUpdate } from "log-update";
import type { Context } from "../context.ts";
import { EXIT_INTERRUPTED, EXIT_NOT_PROMOTED } from "../failure.ts";
import { formatClock } from "../local-time.ts";
import { changesBetween } from "./changes.ts";
import { renderFrame } from "./frame.ts";
import type { ReleaseSnapshot } from "./snapshot.ts";
import { takeSnapshot } from "./take-snapshot.ts";

const LOOK_INTERVAL_MS = 1_000;

/**
 * Follows a release to its end, through outages of server and workers: a live view on a terminal, lines elsewhere.
 * @returns 0 when it was promoted, 8 when it ended otherwise, 130 when Ctrl-C let go of it (the release goes on)
 */
export async function watchRelease(context: Context, release: string): Promise<number> {
  const link = await context.temporal();
  const interrupted = context.interruption();
  const view = context.output.out.isInteractive && !context.output.isJson ? liveView(context) : lineView(context);
  let last: ReleaseSnapshot | undefined;
  while (!interrupted.aborted) {
    const now = await takeSnapshot(link, release, last);
    view.show(now, last);
    last = now;
    if (now.end !== undefined) {
      view.finish();
      context.output.note(`Who decided what, and on which digests: slipway audit ${release}`);
      return now.end.kind === "concluded" && now.end.result.outcome === "Promoted" ? 0 : EXIT_NOT_PROMOTED;
    }
    await delay(LOOK_INTERVAL_MS, undefined, { signal: interrupted }).catch(ignoreAbort);
  }
  view.finish();
  context.output.note(`Let go of ${release}; it goes on. Watch it again with: slipway status ${release} --watch`);
  return EXIT_INTERRUPTED;
}

interface View {
  readonly show: (now: ReleaseSnapshot, last: ReleaseSnapshot | undefined) => void;
  readonly finish: () => void;
}

function liveView({ output }: Context): View {
  const update = createLogUpdate(process.stdout);
  return { show: (now) => update(renderFrame(now, output.out.colors)), finish: () => update.done() };
}

function lineView({ output }: Context): View {
  return {
    show: (now, last) => {
      for (const text of changesBetween(last, now, output.out.colors))
        output.line(
          { atMs: now.atMs, release: now.release, stage: now.status?.stage, text },
          `${formatClock(now.atMs)}  ${text}`,
        );
      if (now.end !== undefined && output.isJson)
        output.line(
          now.end.kind === "concluded" ? now.end.result : { release: now.release, failed: now.end.message },
          "",
        );
    },
    finish: () => undefined,
  };
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== "AbortError") throw error;
}
