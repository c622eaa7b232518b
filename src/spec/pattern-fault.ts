/**
 * What keeps a pattern from being used, or undefined. It must be valid for ECMA-262, as the contract's standard wants,
 * and for RE2, which runs in linear time and so knows no look-around and no back-references.
 */
export function patternFault(pattern: string): string | undefined {
  try {
    void new RegExp(pattern, "u");
  } catch (error) {
    return `is no regular expression: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (/\(\?(?:[=!]|<[=!])/u.test(pattern))
    return "uses look-around, which is not supported; write the pattern without it";
  if (/(?<!\\)(?:\\\\)*\\(?:[1-9]|k<)/u.test(pattern)) return "uses a back-reference, which is not supported";
  return undefined;
}
