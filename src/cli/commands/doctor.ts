import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { FAILURES, SlipwayError } from "../../domain/errors.ts";
import { isRecord } from "../../domain/json.ts";
import type { Check } from "../../workers/embedded/doctor.ts";
import { runProgram } from "../built-program.ts";
import type { Context } from "../context.ts";
import { examples } from "../examples.ts";
import type { Session } from "../session.ts";
import type { Colors } from "../terminal.ts";

/** `slipway doctor` */
export function doctorCommand(session: Session): CommandUnknownOpts {
  return new Command("doctor")
    .description(
      "Looks whether everything that Slipway needs is here, and says how to get what is not. Changes nothing.",
    )
    .summary("see what is missing and how to get it")
    .addHelpText("after", examples("doctor", "doctor --json"))
    .action((_options, command) => session(command, doctor));
}

async function doctor({ config, output, ownEnv }: Context): Promise<number> {
  const { stdout, stderr, exitCode } = await runProgram("workers/doctor-main.js", ["--json"], {
    ...ownEnv,
    SLIPWAY_HOME: config.home,
  });
  const checks = stdout.split("\n").flatMap(readChecks);
  if (checks.length === 0)
    throw new SlipwayError(
      "environment.failed",
      `The examination ended with exit code ${exitCode}: ${stderr.trim() || stdout.trim()}`,
    );
  const isWell = checks.every(({ ok }) => ok);
  output.result({ ok: isWell, checks }, () => checks.map((check) => checkText(check, output.out.colors)).join("\n"));
  return isWell ? 0 : FAILURES["prerequisite.missing"].exit;
}

function readChecks(line: string): readonly Check[] {
  if (!line.startsWith("{")) return [];
  const parsed: unknown = JSON.parse(line);
  if (!isRecord(parsed)) return [];
  if (Array.isArray(parsed["checks"])) return parsed["checks"] as readonly Check[];
  return typeof parsed["name"] === "string" && typeof parsed["ok"] === "boolean" ? [parsed as unknown as Check] : [];
}

function checkText({ name, ok, found, remedy }: Check, colors: Colors): string {
  const head = `${ok ? colors.green("✓") : colors.red("✗")} ${name}: ${found}`;
  return remedy === undefined ? head : `${head}\n    ${colors.yellow(remedy)}`;
}
