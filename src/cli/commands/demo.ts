import { join } from "node:path";
import { Command, InvalidArgumentError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Session } from "../session.ts";

/** Requests a second: enough for the example's canary to decide within a minute, little enough for two cores. */
const DEFAULT_RATE = 60;

/** `slipway demo` */
export function demoCommand(session: Session): CommandUnknownOpts {
  return new Command("demo")
    .description(
      "Releases a real model three times on this machine: a first version, a better one, and one that is harmful live and " +
        "is rolled back by itself; with the worker and a training killed on the way. State lies in .slipway/demo and is begun afresh.",
    )
    .summary("see everything at work, in a few minutes")
    .option("--rate <n>", "live requests a second", requestsPerSecond, DEFAULT_RATE)
    .addHelpText("after", "\nExamples, in Slipway's repository:\n  $ npm run demo\n  $ npm run demo -- --json")
    .action((options, command) =>
      session(command, async (context) => {
        // Loaded when needed: no other command prepares Python environments or replays traffic.
        const { runDemo } = await import("../demo/demo.ts");
        // A folder of its own, because it is emptied: never that of somebody's real releases.
        return runDemo(context, join(context.config.home, "demo"), options.rate);
      }),
    );
}

function requestsPerSecond(text: string): number {
  const rate = Number(text);
  if (!(rate >= 1 && rate <= 1_000)) throw new InvalidArgumentError("It must be a number from 1 to 1000.");
  return rate;
}
