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
    .addHelpText("after", examples("down", "down --home /srv/slipway"))
    .action((_options, command) => session(command, down));
}

async function down({ config, output, ownEnv }: Context): Promise<number> {
  await stopStack(config.home, ownEnv, (event) =>
    output.line(event, stackEventText(event, Date.now(), output.out.colors)),
  );
  return 0;
}
