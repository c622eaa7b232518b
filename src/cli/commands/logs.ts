import { setTimeout as delay } from "node:timers/promises";
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { SlipwayError } from "../../domain/errors.ts";
import { listAttempts, type AttemptSummary } from "../../supervisor/list-attempts.ts";
import { readLog } from "../../supervisor/log-reader.ts";
import type { Context } from "../context.ts";
import { examples } from "../examples.ts";
import type { Session } from "../session.ts";

const FOLLOW_INTERVAL_MS = 500;

/** `slipway logs` */
export function logsCommand(session: Session): CommandUnknownOpts {
  return new Command("logs")
    .description("Prints what a release's jobs wrote: all of them, or one, such as train or evaluate.")
    .summary("print what a release's jobs wrote")
    .argument("<release>", "id of the release")
    .argument("[job]", "one job, such as train")
    .option("-f, --follow", "go on until the job has ended; Ctrl-C lets go")
    .addHelpText(
      "after",
      examples("logs employment-20261121-110512-k4f", "logs employment-20261121-110512-k4f train -f"),
    )
    .action((release, job, options, command) =>
      session(command, (context) => printLogs(context, release, job, options.follow === true)),
    );
}

async function printLogs(
  context: Context,
  release: string,
  job: string | undefined,
  isFollowed: boolean,
): Promise<number> {
  const attempts = await requireAttempts(context, release, job);
  const interrupted = isFollowed ? context.interruption() : undefined;
  const shown = new Set<string>();
  for (let queue = [...attempts]; queue.length > 0;) {
    for (const attempt of queue) {
      shown.add(attempt.path);
      await printLog(context, attempt, interrupted);
    }
    // A retry that began while we followed the attempt before it.
    queue =
      interrupted === undefined || interrupted.aborted
        ? []
        : (await requireAttempts(context, release, job)).filter(({ path }) => !shown.has(path));
  }
  return 0;
}

async function requireAttempts(
  { config }: Context,
  release: string,
  job: string | undefined,
): Promise<readonly AttemptSummary[]> {
  const all = await listAttempts(config.home, release);
  const chosen = all.filter((attempt) => job === undefined || attempt.job === job);
  if (chosen.length > 0) return chosen;
  const known = [...new Set(all.map((attempt) => attempt.job))];
  throw new SlipwayError(
    "job.not-found",
    known.length > 0
      ? `Release ${release} has no job ${job ?? ""} here; its jobs are ${known.join(", ")}.`
      : `No job of release ${release} has run below ${config.home}. Logs lie where the jobs run; name that folder with --home.`,
  );
}

async function printLog(
  { output }: Context,
  { job, attempt, path }: AttemptSummary,
  interrupted: AbortSignal | undefined,
): Promise<void> {
  if (!output.isJson) output.note(output.err.colors.dim(`── ${job}, attempt ${attempt} ──`));
  for (let offset = 0; ;) {
    const { text, nextOffset, complete } = await readLog(path, offset);
    if (text !== "") {
      if (output.isJson) output.line({ job, attempt, offset, text }, "");
      else output.raw(text);
    }
    if (complete || interrupted?.aborted === true) return;
    if (text === "") {
      if (interrupted === undefined) return;
      await delay(FOLLOW_INTERVAL_MS);
    }
    offset = nextOffset;
  }
}
