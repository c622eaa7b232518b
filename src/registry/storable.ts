/**
 * A JSON value as PostgreSQL can keep it: its text has no character U+0000 and no half of a surrogate pair, which
 * signals from anywhere may hold. Each becomes U+FFFD, the replacement character; all else is left.
 */
export function storable(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll(/\0|\p{Surrogate}/gu, "\u{FFFD}");
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [storable(key), storable(held)]));
}
