import { messageOf } from "../domain/errors.ts";

/** Did DuckDB run out of what it may use, rather than meet bad data? */
export function isMemoryFault(error: unknown): boolean {
  return /^Out of Memory Error|failed to (?:offload|allocate|pin) |max_temp_directory_size/iu.test(messageOf(error));
}

/** Was the reading ended from outside? */
export function isInterrupt(error: unknown): boolean {
  return messageOf(error).startsWith("INTERRUPT");
}

/**
 * What DuckDB says of bad data, in one line: the cause and the line of a CSV file. Its advice on options and the
 * offending text, which may be sensitive, are left out.
 */
export function readingFault(error: unknown): string {
  const lines = messageOf(error).split("\n");
  const head = (lines[0] ?? "").replace(/^(?:[A-Z][A-Za-z]* )+Error: /u, "");
  const place = /^CSV Error on Line: (\d+)/u.exec(head);
  if (place === null) return withoutFolder(head);
  const cause = lines.slice(1).find((line) => CSV_CAUSES.test(line)) ?? "not a valid record";
  return `line ${place[1]}: ${cause.trim().replace(/\.$/u, "")}`;
}

const CSV_CAUSES =
  /^(?:Expected Number of Columns|Value with unterminated quote|Invalid unicode|Maximum line size|The CSV Parser state machine|CSV Unquoted)/u;

function withoutFolder(text: string): string {
  return text.replaceAll(/(["'])?\/(?:[^\s"']*\/)*([^\s"'/]+)\1?/gu, "$2").slice(0, 300);
}
