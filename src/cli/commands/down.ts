import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { examples } from "../examples.ts";
import type { Session } from "../session.ts";
import { stackEventText } from "../stack-event-text.ts";
import { stopStack } from "../stack-process.ts";

/** `slipway down` */
export function downCommand(session: Session): CommandUnknownOpts {
  return new Command("down")
    .description(
      "Stops the stack that `slipway up` started, and what a killed one left. Jobs and model servers go on; the next `up` finds them.",
    )
    .summary("stop what `up` started")
    .option(
      "--jobs",
      "also kill running jobs and model servers; jobs go on from their last checkpoint at the next `up`",
    )
    .addHelpText("after", examples("down", "down --jobs", "down --home /srv/slipway"))
    .action((options, command) => session(command, (context) => down(context, options.jobs === true)));
}

async function down({ config, output, ownEnv }: Context, isAlsoJobs: boolean): Promise<number> {
  await stopStack(config.home, ownEnv, isAlsoJobs ? "jobs and model servers" : "nothing", (event) =>
    output.line(event, stackEventText(event, Date.now(), output.out.colors)),
  );
  return 0;
}
