import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { specJsonSchema } from "../../spec/spec-json-schema.ts";
import type { Session } from "../session.ts";

/** `slipway schema` */
export function schemaCommand(session: Session): CommandUnknownOpts {
  return new Command("schema")
    .description("Prints the JSON Schema of slipway.yaml, for editors.")
    .summary("print the JSON Schema of slipway.yaml")
    .addHelpText(
      "after",
      `
Examples:
  $ slipway schema > slipway.schema.json
  then, as the first line of slipway.yaml:
  # yaml-language-server: $schema=slipway.schema.json`,
    )
    .action((_options, command) =>
      session(command, ({ output }) => {
        const schema = specJsonSchema();
        output.result(schema, () => JSON.stringify(schema, null, 2));
        return Promise.resolve(0);
      }),
    );
}
