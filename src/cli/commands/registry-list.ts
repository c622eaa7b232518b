import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { findAliases } from "../../registry/aliases.ts";
import { listModels } from "../../registry/models.ts";
import type { Context } from "../context.ts";
import { examples } from "../examples.ts";
import type { Session } from "../session.ts";
import { columns } from "../table.ts";

/** `slipway registry list` */
export function registryListCommand(session: Session): CommandUnknownOpts {
  return new Command("list")
    .description("Lists the models with their newest version and what serves where.")
    .summary("list the models")
    .addHelpText("after", examples("registry list", "registry list --json"))
    .action((_options, command) => session(command, list));
}

async function list({ registry, output }: Context): Promise<number> {
  const db = await registry();
  const models = await Promise.all(
    (await listModels(db)).map(async (model) => ({ ...model, aliases: await findAliases(db, model.name) })),
  );
  output.result({ models }, () => {
    if (models.length === 0) return "No models. The first release of a pipeline makes one: slipway run";
    const { colors } = output.out;
    return columns(
      ["model", "newest version", "serving"],
      models.map(({ name, latestVersion, aliases }) => [
        colors.bold(name),
        latestVersion ?? "",
        aliases.map(({ alias, environment, version }) => `${alias}@${environment} ${version}`).join(", "),
      ]),
      colors,
    );
  });
  return 0;
}
