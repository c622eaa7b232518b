import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { SlipwayError } from "../../domain/errors.ts";
import { examples } from "../examples.ts";
import type { Session } from "../session.ts";
import { exportLines, readStackEnvironment } from "../stack-environment.ts";

/** `slipway env` */
export function envCommand(session: Session): CommandUnknownOpts {
  return new Command("env")
    .description("Prints the addresses of the running stack as export lines for a shell.")
    .summary("print the stack's addresses for a shell")
    .addHelpText("after", `${examples("env")}\n  $ eval "$(slipway env)" && temporal workflow list`)
    .action((_options, command) =>
      session(command, async ({ config, output }) => {
        const variables = await readStackEnvironment(config.home);
        if (Object.keys(variables).length === 0)
          throw new SlipwayError(
            "backend.unavailable",
            `No stack has run below ${config.home}. Start one with \`slipway up\`, or name its folder with --home.`,
          );
        output.result(variables, () => exportLines(variables));
        return 0;
      }),
    );
}
