import { Lexer } from "yaml";

/**
 * Does a YAML text nest deeper than this anywhere? Told from its tokens, without recursion: the parser works by
 * recursion, and a regular expression that is compiled at the end of the stack ends the whole process.
 */
export function isTooDeep(text: string, levels: number): boolean {
  let open = 0;
  let inLine = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === "[" || token === "{") open += 1;
    else if (token === "]" || token === "}") open -= 1;
    else if (token === "-" || token === "?") inLine += 1;
    else if (token.includes("\n")) inLine = 0;
    else if (token.length > levels * 16 && token.trim() === "") return true;
    if (open > levels || inLine > levels) return true;
  }
  return false;
}
