import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { examples } from "../examples.ts";
import type { Session } from "../session.ts";
import { registryCompareCommand } from "./registry-compare.ts";
import { registryListCommand } from "./registry-list.ts";
import { registryRollbackCommand } from "./registry-rollback.ts";
import { registryShowCommand } from "./registry-show.ts";

/** `slipway registry` */
export function registryCommand(session: Session): CommandUnknownOpts {
  return new Command("registry")
    .description("Models and their versions: list, show, compare, and go back to an earlier one.")
    .summary("models and their versions")
    .addCommand(registryListCommand(session))
    .addCommand(registryShowCommand(session))
    .addCommand(registryCompareCommand(session))
    .addCommand(registryRollbackCommand(session))
    .addHelpText("after", examples("registry list", "registry show employment champion"));
}
