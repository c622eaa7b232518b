import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isErrno } from "./errno.ts";

/** Names and values of environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The `KEY=value` lines of an environment file, values as a shell would read them; blank lines and comments are skipped. */
export function parseEnvironment(text: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const [, key, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/u.exec(line.trim()) ?? [];
    if (key !== undefined && value !== undefined) found[key] = unquoted(value);
  }
  return found;
}

function unquoted(value: string): string {
  const isQuoted = value.length >= 2 && value.startsWith("'") && value.endsWith("'");
  return isQuoted ? value.slice(1, -1).replaceAll(String.raw`'\''`, "'") : value;
}

/** What the stack under `home` wrote about its addresses; empty when none ran there. */
export async function readStackEnvironment(home: string): Promise<Readonly<Record<string, string>>> {
  try {
    return parseEnvironment(await readFile(join(home, "env"), "utf8"));
  } catch (error) {
    if (isErrno(error, "ENOENT")) return {};
    throw error;
  }
}

/**
 * The stack's addresses below the caller's own environment, which always wins.
 * Somebody who chose a Temporal server by profile or configuration file is not sent to the local one.
 */
export function withStackEnvironment(own: Environment, stack: Readonly<Record<string, string>>): Environment {
  const choseServer = ["TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE"].some(
    (name) => own[name] !== undefined,
  );
  const offered = Object.entries(stack).filter(([name]) => !(choseServer && name.startsWith("TEMPORAL_")));
  return { ...Object.fromEntries(offered), ...own };
}

/** Lines for a POSIX shell that set these variables: `export KEY='value'`. */
export function exportLines(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`)
    .join("\n");
}
