import { setTimeout as sleep } from "node:timers/promises";
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { workflowUrl } from "./approver.ts";
import type { ExampleRelease } from "./example.ts";
import { listenForKey } from "./key.ts";
import type { Demo, DemoOutcome } from "./release-example.ts";
import { summaryTable } from "./summary.ts";

/** Shows how it ended, where to look and what to try next; on a terminal the stack stays up until a key is pressed. */
export async function farewell(
  demo: Demo,
  outcome: DemoOutcome,
  releases: readonly ExampleRelease[],
  isAsExpected: boolean,
): Promise<void> {
  const { narrator, context } = demo;
  narrator.chapter(isAsExpected ? "Done" : "Done, but not as it should be");
  const abouts = releases.map(({ about }) => about);
  narrator.block(summaryTable(outcome.ended, abouts, narrator.colors));
  narrator.block(factsText(outcome));
  const isAttended = context.input.isTTY && !context.output.isJson;
  await historiesWritten(demo, outcome);
  narrator.block(placesText(demo, outcome, isAttended));
  if (isAttended) await untilKey(demo);
}

function factsText({ workerKilled, jobKilled, traffic }: DemoOutcome): string {
  const worker =
    workerKilled === undefined
      ? "it was not killed: the training was over before"
      : workerKilled.jobRestarted
        ? "the training was RESTARTED"
        : "the training went on in the same process";
  const job =
    jobKilled === undefined
      ? "it was not killed: it was over before"
      : `it went on from step ${jobKilled.resumedFromStep}, and ${jobKilled.lostSteps} steps were done again`;
  const lines = [`The worker, killed in the first training: ${worker}.`, `The training, killed in the second: ${job}.`];
  if (traffic !== undefined)
    lines.push(
      `Live traffic: ${traffic.requests} requests, ${traffic.answered} answered, ${traffic.failed} failed; ${traffic.labels} labels.`,
    );
  return lines.join("\n");
}

/** A history is written a second or so after its release has closed; the demo waits for the last one, but not for long. */
async function historiesWritten({ home }: Demo, { ended }: DemoOutcome): Promise<void> {
  const endMs = Date.now() + 15_000;
  const isWritten = ({ id }: { readonly id: string }) => existsSync(join(home, "evidence", id, "history.json"));
  while (!ended.every(isWritten) && Date.now() < endMs) await sleep(100);
}

function placesText({ home, addresses, context }: Demo, { ended }: DemoOutcome, isUp: boolean): string {
  const place = relative(context.cwd, home);
  const last = ended.at(-1)?.id ?? "RELEASE";
  const evidence = ended.map(({ id }) => join(home, "evidence", id)).filter((folder) => existsSync(folder));
  return [
    "",
    "Look around:",
    `  evidence of each release (plan, reports, decisions, history): ${join(place, "evidence")}`,
    ...evidence.map((folder) => `    ${relative(context.cwd, folder)}: ${readdirSync(folder).toSorted().join(", ")}`),
    isUp
      ? `  Temporal Web UI: ${workflowUrl(addresses.uiUrl, last)}`
      : `  Temporal Web UI: ${addresses.uiUrl}, after: npx slipway up --home ${place}`,
    "",
    `Try next${isUp ? ", in another terminal" : " (after npx slipway up, in another terminal)"}:`,
    `  npx slipway list --home ${place}`,
    `  npx slipway audit ${last} --home ${place}`,
    `  npx slipway registry compare employment 1.0.0 1.1.0 --home ${place}`,
    "  npx slipway init my-model     # a pipeline of your own",
    "",
  ].join("\n");
}

async function untilKey({ narrator, context, interrupted }: Demo): Promise<void> {
  narrator.block("The stack stays up for you to look around. Press q to stop it.");
  const key = listenForKey(context.input, "q");
  try {
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (!key.isPressed() && !interrupted.aborted) return;
        clearInterval(timer);
        resolve();
      }, 200);
    });
  } finally {
    key.stop();
  }
}
