import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { compareVersions, type Pair, type VersionComparison } from "../../registry/compare-versions.ts";
import type { Context } from "../context.ts";
import { examples } from "../examples.ts";
import { formatTime } from "../local-time.ts";
import type { Session } from "../session.ts";
import { columns } from "../table.ts";
import type { Colors } from "../terminal.ts";
import { shortDigest } from "../words.ts";

/** `slipway registry compare` */
export function registryCompareCommand(session: Session): CommandUnknownOpts {
  return new Command("compare")
    .description("Puts two versions of a model side by side: parameters, data, gates and what the gates observed.")
    .summary("put two versions side by side")
    .argument("<model>", "name of the model")
    .argument("<left>", "a number, a digest or an alias")
    .argument("<right>", "a number, a digest or an alias")
    .addHelpText("after", examples("registry compare employment 1.0.0 champion"))
    .action((model, left, right, _options, command) =>
      session(command, (context) => compare(context, model, left, right)),
    );
}

async function compare({ registry, output }: Context, model: string, left: string, right: string): Promise<number> {
  const compared = await compareVersions(await registry(), model, { left, right });
  output.result(compared, () => comparisonTable(compared, output.out.colors));
  return 0;
}

/** Rows that differ stand out; equal ones are dimmed. */
function comparisonTable({ left, right, ...groups }: VersionComparison, colors: Colors): string {
  const rows: (readonly string[])[] = [];
  const add = (name: string, pair: Pair<unknown>): void => {
    const [one, other] = [textOf(pair.left), textOf(pair.right)];
    const shown = one === other ? colors.dim : colors.bold;
    rows.push([name, shown(one), shown(other)]);
  };
  add("made by", { left: left.release, right: right.release });
  add("when", { left: formatTime(left.createdAtMs), right: formatTime(right.createdAtMs) });
  add("files", { left: left.digest, right: right.digest });
  add("code", present({ left: left.code, right: right.code }));
  for (const [group, pairs] of Object.entries(groups))
    for (const [name, pair] of Object.entries<Pair<unknown>>(pairs)) add(`${group}: ${name}`, pair);
  return columns(["", `${left.model} ${left.version}`, `${right.model} ${right.version}`], rows, colors);
}

function present({ left, right }: { readonly left: unknown; readonly right: unknown }): Pair<unknown> {
  return { ...(left === undefined ? {} : { left }), ...(right === undefined ? {} : { right }) };
}

function textOf(value: unknown): string {
  if (value === undefined) return "–";
  if (typeof value === "string") return shortDigest(value);
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
