import { resolve } from "node:path";
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { SlipwayError } from "../../domain/errors.ts";
import { examples } from "../examples.ts";
import { holdsPipeline, registerFolder, registrationText } from "../registration.ts";
import type { Session } from "../session.ts";

/** `slipway register` */
export function registerCommand(session: Session): CommandUnknownOpts {
  return new Command("register")
    .description(
      "Packs a pipeline's folder by content and registers it under its name, so that any Temporal client can start a release of it.",
    )
    .summary("make a pipeline known by name")
    .argument("[dir]", "folder that holds slipway.yaml", ".")
    .addHelpText("after", examples("register", "register examples/employment"))
    .action((dir, _options, command) =>
      session(command, async (context) => {
        const folder = resolve(context.cwd, dir);
        if (!holdsPipeline(folder))
          throw new SlipwayError(
            "pipeline.not-found",
            `${folder} holds no slipway.yaml. Name a pipeline's folder, or make one with: slipway init DIR`,
          );
        const registered = await registerFolder(context, folder);
        context.output.result(registered, () =>
          [
            registrationText(registered),
            `Start a release with: slipway run --pipeline ${registered.pipeline}`,
            `or with any Temporal client: temporal workflow start --type releaseModel --task-queue slipway --input '{"pipeline":"${registered.pipeline}"}'`,
          ].join("\n"),
        );
        return 0;
      }),
    );
}
