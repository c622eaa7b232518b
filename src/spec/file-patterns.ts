import picomatch from "picomatch";

/** Does the text hold a wildcard? */
export function isGlob(pattern: string): boolean {
  return picomatch.scan(pattern).isGlob;
}

/** The pattern without leading `./` and doubled slashes. */
export function normalPattern(pattern: string): string {
  return pattern.replaceAll(/\/{2,}/gu, "/").replaceAll(/(^|\/)(?:\.\/)+/gu, "$1");
}

/**
 * The paths that a pattern names, in their order. A path that is literally the pattern comes before any meaning of its
 * characters as wildcards; wildcards do not match names that begin with a dot.
 */
export function matchingPaths(pattern: string, paths: readonly string[]): readonly string[] {
  const wanted = normalPattern(pattern);
  if (paths.includes(wanted)) return [wanted];
  if (!isGlob(wanted)) return [];
  const matches = picomatch(wanted);
  return paths.filter((path) => matches(path));
}

/** The folder in front of a pattern's first wildcard, or of the file it names; empty for the top. */
export function folderOf(pattern: string): string {
  const wanted = normalPattern(pattern);
  const { base, isGlob: hasWildcard } = picomatch.scan(wanted);
  const fixed = hasWildcard ? base : wanted.slice(0, Math.max(wanted.lastIndexOf("/"), 0));
  return fixed === "." ? "" : fixed;
}

/** What to say of a pattern that matches nothing: the files nearby. */
export function nearbyText(pattern: string, paths: readonly string[]): string {
  const wanted = normalPattern(pattern);
  if (!isGlob(wanted) && paths.some((path) => path.startsWith(`${wanted.replace(/\/$/u, "")}/`))) {
    return `it is a folder; write ${wanted.replace(/\/$/u, "")}/*.parquet or the like`;
  }
  const folder = folderOf(wanted);
  const beside = paths.filter((path) => folder === "" || path.startsWith(`${folder}/`));
  if (beside.length === 0) return folder === "" ? "there are no files" : `there are no files below ${folder}`;
  const shown = beside.slice(0, 5).join(", ");
  return `near it: ${shown}${beside.length > 5 ? ` and ${beside.length - 5} more` : ""}`;
}
