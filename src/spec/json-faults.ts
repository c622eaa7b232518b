import type { Finding } from "./issue-problems.ts";

const MAX_DEPTH = 64;
const MAX_VALUES = 50_000;

/**
 * What keeps a value from being a JSON document of ours: other than JSON's types, numbers that are not finite, the key
 * `__proto__`, more than 64 levels or 50,000 values. Stops at the bounds, so that cycles end too.
 */
export function jsonFaults(value: unknown): readonly Finding[] {
  const findings: Finding[] = [];
  const waiting: { readonly path: readonly PropertyKey[]; readonly value: unknown }[] = [{ path: [], value }];
  for (let seen = 0; waiting.length > 0; seen += 1) {
    const next = waiting.pop();
    if (next === undefined) break;
    if (seen >= MAX_VALUES || next.path.length > MAX_DEPTH) {
      return [{ path: [], message: `has more than ${MAX_VALUES} values or ${MAX_DEPTH} levels; keep data in files` }];
    }
    const message = faultOf(next.value);
    if (message !== undefined) findings.push({ path: next.path, message });
    else waiting.push(...childrenOf(next.value, next.path, findings));
  }
  return findings;
}

function faultOf(value: unknown): string | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : `${value} is no number that JSON knows`;
  if (typeof value !== "object") return `is no JSON value (${typeof value})`;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null ? undefined : "is no JSON value";
}

function childrenOf(value: unknown, path: readonly PropertyKey[], findings: Finding[]) {
  if (typeof value !== "object" || value === null) return [];
  const entries: readonly (readonly [PropertyKey, unknown])[] = Array.isArray(value)
    ? Array.from(value as readonly unknown[], (item, index) => [index, item] as const)
    : Object.entries(value).filter(([, child]) => child !== undefined);
  return entries.flatMap(([key, child]) => {
    if (key !== "__proto__") return [{ path: [...path, key], value: child }];
    findings.push({ path: [...path, key], message: "this name is reserved; choose another", atKey: true });
    return [];
  });
}
