import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { startRelease } from "../../client.ts";
import { SlipwayError } from "../../domain/errors.ts";
import type { ReleaseInput } from "../../domain/release.ts";
import { getPipeline, listPipelines } from "../../registry/pipelines.ts";
import { suggestion } from "../../spec/nearest.ts";
import type { Context } from "../context.ts";
import { examples } from "../examples.ts";
import { localPerson } from "../person.ts";
import { holdsPipeline, registerFolder, registrationText } from "../registration.ts";
import { newReleaseId } from "../release-id.ts";
import type { Session } from "../session.ts";
import { collectSetting, type Settings } from "../setting.ts";
import { watchRelease } from "../watch/watch.ts";

interface RunOptions {
  readonly pipeline?: string;
  readonly set?: Settings;
  readonly watch?: true;
  readonly id?: string;
  readonly by?: string;
}

/** `slipway run` */
export function runCommand(session: Session): CommandUnknownOpts {
  return new Command("run")
    .description(
      "Starts a release. In a folder with a slipway.yaml, that pipeline is registered first, so that what runs is what lies here.",
    )
    .summary("start a release")
    .option("--pipeline <name|dir>", "a registered pipeline, or a folder that holds one (default: this folder)")
    .option("--set <path=value>", "change the spec for this release; may be given again", collectSetting)
    .option("--watch", "follow the release to its end")
    .option("--id <release>", "name of the release, used once for ever (default: made from pipeline and time)")
    .option("--by <who>", "who asks for it (default: this machine's account, as user@host)")
    .addHelpText(
      "after",
      examples(
        "run --watch",
        "run --set train.parameters.rounds=40 --set train.seed=11",
        "run --pipeline employment --id nightly-42 --json",
      ),
    )
    .action((options, command) => session(command, (context) => run(context, options)));
}

async function run(context: Context, options: RunOptions): Promise<number> {
  const { output } = context;
  const { pipeline, revision } = await choosePipeline(context, options.pipeline);
  const release = options.id ?? newReleaseId(pipeline, Date.now(), randomUUID());
  const input: ReleaseInput = {
    pipeline,
    requestedBy: options.by ?? localPerson(),
    ...(revision === undefined ? {} : { revision }),
    ...(options.set === undefined ? {} : { set: options.set }),
  };
  const link = await context.temporal();
  await link.ask((client) => startRelease(client, input, { releaseId: release }));
  if (options.watch !== true) {
    output.result({ release, pipeline, revision }, () =>
      [`Started release ${release}.`, `Follow it with: slipway status ${release} --watch`].join("\n"),
    );
    return 0;
  }
  output.note(`Started release ${release}. Ctrl-C lets go of it; it goes on.`);
  return watchRelease(context, release);
}

/** A mistyped name is told at once where the registry can be asked; elsewhere the release itself says it. */
async function requireRegistered(context: Context, pipeline: string): Promise<{ readonly pipeline: string }> {
  if (context.config.databaseUrl === undefined) return { pipeline };
  const db = await context.registry();
  if ((await getPipeline(db, pipeline)) !== undefined) return { pipeline };
  const known = (await listPipelines(db)).map(({ name }) => name);
  throw new SlipwayError(
    "pipeline.not-found",
    `No pipeline ${pipeline} is registered; ${suggestion(pipeline, known)}. Register one with: slipway register DIR`,
  );
}

async function choosePipeline(
  context: Context,
  named: string | undefined,
): Promise<{ readonly pipeline: string; readonly revision?: number }> {
  const folder = resolve(context.cwd, named ?? ".");
  // What looks like a path is one, so that a mistyped folder is not taken for a pipeline's name.
  const isFolder = named === undefined || named.includes("/") || named.startsWith(".") || holdsPipeline(folder);
  if (!isFolder) return requireRegistered(context, named);
  if (!holdsPipeline(folder))
    throw new SlipwayError(
      "pipeline.not-found",
      existsSync(folder)
        ? `${folder} holds no slipway.yaml. Make a pipeline with \`slipway init\`, or name a registered one with --pipeline.`
        : `There is no folder ${folder}. Name a folder with a slipway.yaml, or a registered pipeline, with --pipeline.`,
    );
  const registered = await registerFolder(context, folder);
  context.output.note(registrationText(registered));
  return registered;
}
