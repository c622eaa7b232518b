import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { Json } from "../domain/json.ts";

/** Changes to a spec by dotted path. */
export type Settings = Readonly<Record<string, Json>>;

/**
 * Adds one `path=value` to what was set before. The value is JSON when it reads as JSON (`40`, `true`, `["a"]`), else a text.
 * @throws {InvalidArgumentError} when there is no path or no equals sign
 */
export function collectSetting(text: string, before: Settings = {}): Settings {
  const [, path, value] = /^([^=\s]+)=(.*)$/su.exec(text) ?? [];
  if (path === undefined || value === undefined)
    throw new InvalidArgumentError("It must be path=value, such as train.parameters.rounds=40.");
  return { ...before, [path]: parseValue(value) };
}

function parseValue(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
