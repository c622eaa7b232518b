import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { FAILURES, messageOf, SlipwayError } from "../../domain/errors.ts";
import { disagreements } from "../audit/disagreements.ts";
import { readHistory, type Act } from "../audit/history-facts.ts";
import { findHistory } from "../audit/history-source.ts";
import { readRegistry, type RegistryFacts } from "../audit/registry-facts.ts";
import type { Context } from "../context.ts";
import { examples } from "../examples.ts";
import { formatTime } from "../local-time.ts";
import type { Session } from "../session.ts";
import { columns } from "../table.ts";
import type { Colors } from "../terminal.ts";
import { isAway } from "../temporal-failure.ts";
import { counted, shortDigest } from "../words.ts";

/** `slipway audit` */
export function auditCommand(session: Session): CommandUnknownOpts {
  return new Command("audit")
    .description(
      "Shows who did what to a release, when, and on which digest: from its Temporal history and from the registry, and says " +
        "where the two disagree. Ends with 4 when they do.",
    )
    .summary("show who did what, and on which digest")
    .argument("<release>", "id of the release")
    .option("--history <file>", "an exported history, such as evidence/RELEASE/history.json, instead of the server's")
    .option("--full", "whole digests")
    .addHelpText(
      "after",
      examples(
        "audit employment-20261121-110512-k4f",
        "audit employment-20261121-110512-k4f --history .slipway/evidence/employment-20261121-110512-k4f/history.json",
      ),
    )
    .action((release, options, command) => session(command, (context) => audit(context, release, options)));
}

async function audit(
  context: Context,
  release: string,
  options: { readonly history?: string; readonly full?: true },
): Promise<number> {
  const { output } = context;
  const found = await findHistory(context, release, options.history);
  const history = readHistory(found.history);
  if (history.release !== undefined && history.release !== release)
    throw new SlipwayError("input.invalid", `${found.source} is the history of ${history.release}, not of ${release}.`);
  const registry = await registryFacts(context, release);
  const isCompared = typeof registry !== "string";
  const differences = isCompared ? disagreements(history, registry) : [];
  const acts = [...history.acts, ...(isCompared ? registry.acts : [])].toSorted((one, other) => one.atMs - other.atMs);
  output.result({ release, source: found.source, compared: isCompared, acts, disagreements: differences }, () =>
    [
      `${output.out.colors.bold(release)}, from the ${found.source}${isCompared ? " and the registry" : ""}`,
      actTable(acts, options.full === true, output.out.colors),
      isCompared ? verdictText(differences, output.out.colors) : `Not compared with the registry: ${registry}`,
    ].join("\n"),
  );
  return differences.length > 0 ? FAILURES["registry.conflict"].exit : 0;
}

/** An auditor may have the history and no registry; why there is none is then told, not hidden. */
async function registryFacts(context: Context, release: string): Promise<RegistryFacts | string> {
  try {
    return await readRegistry(await context.registry(), release);
  } catch (error) {
    const isUnknown = error instanceof SlipwayError && error.code === "release.not-found";
    if (isAway(error) || isUnknown) return messageOf(error);
    throw error;
  }
}

function actTable(acts: readonly Act[], isFull: boolean, colors: Colors): string {
  return columns(
    ["when", "from", "who", "on", "what"],
    acts.map(({ atMs, who, what, note, digest, source }) => [
      formatTime(atMs),
      source,
      who,
      digest === undefined ? "" : isFull ? digest : shortDigest(digest),
      note === undefined ? what : `${what}: ${note}`,
    ]),
    colors,
  );
}

function verdictText(differences: readonly string[], colors: Colors): string {
  if (differences.length === 0) return colors.green("History and registry agree.");
  return [
    colors.red(`History and registry disagree in ${counted(differences.length, "point")}:`),
    ...differences.map((text) => `  - ${text}`),
  ].join("\n");
}
