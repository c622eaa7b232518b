/** Help text that shows how a command is really called. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ slipway ${line}`).join("\n")}`;
}
