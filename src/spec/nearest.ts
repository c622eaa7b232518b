import { closest, distance } from "fastest-levenshtein";

/** The known word that was probably meant, when one is near: two letters differ (one in short words), or a third. */
export function nearestOf(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || word.length > 100) return undefined;
  const candidate = closest(
    word.toLowerCase(),
    known.map((name) => name.toLowerCase()),
  );
  const match = known.find((name) => name.toLowerCase() === candidate);
  if (match === undefined) return undefined;
  const tolerated = Math.max(match.length < 4 ? 1 : 2, Math.floor(match.length / 3));
  return distance(word.toLowerCase(), candidate) <= tolerated ? match : undefined;
}

/** What to tell about a word that is none of the known ones: the near one, or all of them. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = nearestOf(word, known);
  if (near !== undefined) return `did you mean ${near}?`;
  return known.length === 0 ? "there are none" : `known: ${known.join(", ")}`;
}
