import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { StackEvent } from "../../workers/embedded/stack-event.ts";
import type { Context } from "../context.ts";
import { examples } from "../examples.ts";
import { describeFailure } from "../failure.ts";
import { holdsPipeline, registerFolder, registrationText } from "../registration.ts";
import type { Session } from "../session.ts";
import { readStackEnvironment } from "../stack-environment.ts";
import { stackEventText } from "../stack-event-text.ts";
import { startStack } from "../stack-process.ts";

/** `slipway up` */
export function upCommand(session: Session): CommandUnknownOpts {
  return new Command("up")
    .description(
      "Starts all of Slipway on this machine (Temporal, PostgreSQL, the gateway, a worker) and stays in the foreground. " +
        "Ctrl-C stops it; jobs and model servers go on, and the next `up` finds them. State lies in .slipway. " +
        "When this folder holds a slipway.yaml, its pipeline is registered.",
    )
    .summary("start everything on this machine")
    .addHelpText(
      "after",
      `${examples("up", "up --home /srv/slipway")}\n  $ eval "$(slipway env)"    # in another terminal`,
    )
    .action((_options, command) => session(command, up));
}

async function up(context: Context): Promise<number> {
  const { config, output, ownEnv } = context;
  const interrupted = context.interruption();
  const stack = startStack(config.home, ownEnv);
  interrupted.addEventListener("abort", stack.stop, { once: true });
  for await (const event of stack.events) {
    output.line(event, stackEventText(event, Date.now(), output.out.colors));
    if (event.event === "stack.ready" || event.event === "stack.found") {
      await registerHere(context);
      if (!output.isJson) output.note(guide(event));
    }
  }
  return (await stack.ended).exitCode;
}

/** A broken pipeline is told and is no reason to stop a stack that works. */
async function registerHere(context: Context): Promise<void> {
  const { config, cwd, output } = context;
  if (!holdsPipeline(cwd)) return;
  try {
    const env = { ...(await readStackEnvironment(config.home)), ...context.ownEnv };
    const registered = await registerFolder({ ...context, env }, cwd);
    output.line({ event: "pipeline.registered", ...registered }, `          ${registrationText(registered)}`);
  } catch (error) {
    const { code, message } = describeFailure(error);
    output.line(
      { event: "pipeline.refused", code, message },
      `${output.out.colors.red("The pipeline of this folder was not registered.")} ${message}`,
    );
  }
}

function guide({ addresses, event }: Extract<StackEvent, { event: "stack.ready" | "stack.found" }>): string {
  return [
    "",
    `  Temporal Web UI   ${addresses.uiUrl}`,
    `  Gateway           ${addresses.gatewayUrl}`,
    "",
    "  In another terminal, in the same folder:",
    "    slipway run --watch           start a release and follow it",
    "    slipway list                  the releases so far",
    '    eval "$(slipway env)"         the addresses, for the temporal CLI and your own programs',
    ...(event === "stack.ready" ? ["", "  Ctrl-C stops the stack; jobs and model servers go on."] : []),
    "",
  ].join("\n");
}
