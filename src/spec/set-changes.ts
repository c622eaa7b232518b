import type { Problem } from "../domain/errors.ts";
import { isRecord, type Json } from "../domain/json.ts";

type JsonObject = { readonly [key: string]: Json };

/**
 * The document with the changes made, by dotted path: `train.parameters.rounds`, `evaluate.gates.0.name`. Groups that
 * are not there are created, so that a wrong name is found by the check that follows. A dot within a key is written
 * `\.`. Changes are made in the order of the object; what cannot be changed is a problem and leaves the rest as it is.
 */
export function applySet(
  document: JsonObject,
  changes: Readonly<Record<string, Json>>,
): { readonly document: JsonObject; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  let changed = document;
  for (const [path, value] of Object.entries(changes)) {
    const parts = splitPath(path);
    const tooDeep: Outcome = { fault: `has more than ${MAX_PARTS} parts` };
    const outcome = parts.length > MAX_PARTS ? tooDeep : changeAt(changed, parts, value);
    if (outcome.fault === undefined) changed = outcome.value as JsonObject;
    else problems.push({ path, message: outcome.fault });
  }
  return { document: changed, problems };
}

type Outcome = { readonly value: Json; readonly fault?: undefined } | { readonly fault: string };

/** Deeper paths name nothing, and would be walked by recursion. */
const MAX_PARTS = 64;

function splitPath(path: string): readonly string[] {
  return path.split(/(?<!\\)\./u).map((part) => part.replaceAll("\\.", "."));
}

function changeAt(within: Json | undefined, path: readonly string[], value: Json): Outcome {
  const [part, ...rest] = path;
  if (part === undefined) return { value };
  if (part === "") return { fault: "has an empty part; write a path such as train.parameters.rounds" };
  if (part === "__proto__") return { fault: "the name __proto__ is reserved" };
  if (Array.isArray(within)) return changeEntry(within as readonly Json[], part, rest, value);
  if (within !== undefined && within !== null && !isRecord(within)) {
    return { fault: `there is no ${part} below the ${typeof within} ${JSON.stringify(within).slice(0, 60)}` };
  }
  const group = within ?? {};
  const inner = changeAt(Object.hasOwn(group, part) ? group[part] : undefined, rest, value);
  return inner.fault === undefined ? { value: { ...group, [part]: inner.value } } : inner;
}

function changeEntry(list: readonly Json[], part: string, rest: readonly string[], value: Json): Outcome {
  const index = /^\d{1,6}$/u.test(part) ? Number(part) : -1;
  if (index < 0 || index > list.length) {
    return { fault: `${part} is no place in a list of ${list.length}; count from 0, ${list.length} adds one` };
  }
  const inner = changeAt(list[index], rest, value);
  return inner.fault === undefined ? { value: list.toSpliced(index, 1, inner.value) } : inner;
}
