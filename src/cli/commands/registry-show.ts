import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { findAliases, type Alias } from "../../registry/aliases.ts";
import { getVersion, listVersions, type RegisteredVersion } from "../../registry/versions.ts";
import { SlipwayError } from "../../domain/errors.ts";
import type { Context } from "../context.ts";
import { examples } from "../examples.ts";
import { formatTime } from "../local-time.ts";
import type { Session } from "../session.ts";
import { columns } from "../table.ts";
import { shortDigest } from "../words.ts";

/** `slipway registry show` */
export function registryShowCommand(session: Session): CommandUnknownOpts {
  return new Command("show")
    .description("Shows the versions of a model, or all that is known of one version.")
    .summary("show a model or a version")
    .argument("<model>", "name of the model")
    .argument("[version]", "a number (1.2.0), a digest, or an alias (champion, champion@production)")
    .option("--limit <n>", "how many versions, 1 to 500", Number, 50)
    .option("--cursor <next>", "where to go on: what the page before gave as next")
    .addHelpText(
      "after",
      examples(
        "registry show employment",
        "registry show employment 1.1.0",
        "registry show employment champion --json",
      ),
    )
    .action((model, version, options, command) =>
      session(command, (context) =>
        version === undefined ? showModel(context, model, options) : showVersion(context, model, version),
      ),
    );
}

async function showModel(
  { registry, output }: Context,
  model: string,
  options: { readonly limit: number; readonly cursor?: string },
): Promise<number> {
  const db = await registry();
  const { items, next } = await listVersions(db, model, options);
  if (items.length === 0)
    throw new SlipwayError(
      "version.not-found",
      `There is no model ${model}. See those that exist with: slipway registry list`,
    );
  const aliases = await findAliases(db, model);
  output.result({ model, versions: items, aliases, next }, () => {
    const { colors } = output.out;
    const table = columns(
      ["version", "is", "made by", "when", "change", "files"],
      items.map(({ version, release, createdAtMs, change, digest }) => [
        colors.bold(version),
        namesOf(aliases, version),
        release,
        formatTime(createdAtMs),
        change,
        shortDigest(digest),
      ]),
      colors,
    );
    return [table, ...(next === undefined ? [] : [`More: slipway registry show ${model} --cursor ${next}`])].join("\n");
  });
  return 0;
}

/** `champion@production, previous@staging`: the aliases that point at a version. */
function namesOf(aliases: readonly Alias[], wanted: string): string {
  return aliases
    .filter(({ version }) => version === wanted)
    .map(({ alias, environment }) => `${alias}@${environment}`)
    .join(", ");
}

async function showVersion({ registry, output }: Context, model: string, reference: string): Promise<number> {
  const found = await getVersion(await registry(), model, reference);
  output.result(found, () => versionText(found));
  return 0;
}

function versionText(found: RegisteredVersion): string {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["model", `${found.model} ${found.version} (number ${found.number}, ${found.change})`],
    ["digest", found.digest],
    ["made by", found.release],
    ["when", formatTime(found.createdAtMs)],
    ["plan", found.planDigest],
    ["code", found.code],
    ["commit", found.commit],
    ["trained", `by job ${found.trainedFrom.job} in ${found.trainedFrom.attempts} attempt(s)`],
    ["model card", found.cardDigest],
    ...Object.entries(found.datasets).map(([name, digest]) => [`data ${name}`, digest] as const),
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(14)} ${value}`])).join("\n");
}
