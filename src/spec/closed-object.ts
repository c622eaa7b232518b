import { z } from "zod";
import { suggestion } from "./nearest.ts";

/** What a key that is planned but not built is refused with: what to do instead, by key. */
export type LaterKeys = Readonly<Record<string, string>>;

/**
 * An object that refuses keys it does not know, each with what was probably meant. Keys of `later` are refused as not
 * available yet. The message of zod's one issue for all unknown keys has one line for each of them, in their order.
 */
export function closed<Shape extends z.core.$ZodLooseShape>(shape: Shape, later: LaterKeys = {}) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? issue.keys.map((key) => refusalOf(key, known, later)).join("\n") : undefined,
  });
}

/** The refusal of something planned but not built. `instead` says what to do now. */
export function notYet(what: string, instead: string): string {
  return `${what} is not available yet; ${instead}`;
}

function refusalOf(key: string, known: readonly string[], later: LaterKeys): string {
  if (Object.hasOwn(later, key)) return notYet(key, later[key] ?? "");
  return `is not a known key; ${suggestion(shortened(key), known)}`;
}

function shortened(key: string): string {
  return (key.length > 60 ? `${key.slice(0, 60)}…` : key).replaceAll(/\s+/gu, " ");
}
