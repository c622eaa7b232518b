import { cp, mkdir, readdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { SlipwayError } from "../../domain/errors.ts";
import type { Context } from "../context.ts";
import { examples } from "../examples.ts";
import type { Session } from "../session.ts";

const STARTER = fileURLToPath(new URL("../../../templates/starter/", import.meta.url));

/** `slipway init` */
export function initCommand(session: Session): CommandUnknownOpts {
  return new Command("init")
    .description(
      "Writes a starter pipeline: slipway.yaml, a training script with checkpoints, an evaluation and a model server, " +
        "in plain Python without packages. It can be released as it is.",
    )
    .summary("write a starter pipeline")
    .argument("[dir]", "folder for it; made when missing", ".")
    .addHelpText("after", examples("init my-model", "init"))
    .action((dir, _options, command) => session(command, (context) => init(context, dir)));
}

async function init({ cwd, output }: Context, dir: string): Promise<number> {
  const folder = resolve(cwd, dir);
  await mkdir(folder, { recursive: true });
  const offered = await readdir(STARTER);
  const taken = (await readdir(folder)).filter((name) => offered.includes(name));
  if (taken.length > 0)
    throw new SlipwayError(
      "input.invalid",
      `${folder} already holds ${taken.toSorted().join(", ")}; nothing was written. Choose an empty folder: slipway init DIR`,
    );
  await cp(STARTER, folder, { recursive: true, errorOnExist: true, force: false });
  const files = (await readdir(STARTER, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(STARTER, join(entry.parentPath, entry.name)))
    .toSorted();
  output.result({ dir: folder, files }, () =>
    [
      `Wrote a starter pipeline into ${folder}:`,
      ...files.map((name) => `  ${name}`),
      "",
      "Next:",
      ...(folder === cwd ? [] : [`  cd ${folder.startsWith(cwd) ? relative(cwd, folder) : folder}`]),
      "  slipway up              # in a second terminal",
      "  slipway run --watch",
    ].join("\n"),
  );
  return 0;
}
