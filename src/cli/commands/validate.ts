import { relative, resolve } from "node:path";
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { loadPipeline } from "../../spec/load-pipeline.ts";
import { problemsError } from "../../spec/problem-text.ts";
import type { Context } from "../context.ts";
import { examples } from "../examples.ts";
import type { Session } from "../session.ts";
import { counted } from "../words.ts";

/** `slipway validate` */
export function validateCommand(session: Session): CommandUnknownOpts {
  return new Command("validate")
    .description(
      "Checks a pipeline's folder: slipway.yaml and the files that it names. Tells all problems at once, with line and path; needs no server.",
    )
    .summary("check a pipeline without running anything")
    .argument("[dir]", "folder that holds slipway.yaml", ".")
    .addHelpText("after", examples("validate", "validate examples/employment --json"))
    .action((dir, _options, command) => session(command, (context) => validate(context, dir)));
}

async function validate({ cwd, output }: Context, dir: string): Promise<number> {
  const { spec, problems, files, sizeBytes } = await loadPipeline(resolve(cwd, dir));
  if (spec === undefined || problems.length > 0) throw problemsError("spec.invalid", problems);
  const { model, environments } = spec;
  output.result({ valid: true, model, files: files.length, sizeBytes }, () =>
    [
      output.out.colors.green("Valid.") +
        ` Model ${model}, released to ${environments.map(({ name, endpoint }) => `${name}/${endpoint ?? model}`).join(", ")}.`,
      `${counted(files.length, "file")} of ${relative(cwd, resolve(cwd, dir)) || "this folder"} would be packed, ${(sizeBytes / 1_048_576).toFixed(1)} MiB.`,
    ].join("\n"),
  );
  return 0;
}
