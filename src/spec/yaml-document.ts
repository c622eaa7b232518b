import { isAlias, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import type { Document, Node, Pair } from "yaml";
import { messageOf, type Problem } from "../domain/errors.ts";
import type { Finding, Locate } from "./issue-problems.ts";
import { formatPath, problemsAt } from "./issue-problems.ts";
import { isTooDeep } from "./yaml-depth.ts";

/** Larger documents are refused: a pipeline's description is written by hand. */
const MAX_BYTES = 256 * 1024;
/** Bound of what aliases may grow to, against documents that explode when they are read. */
const MAX_ALIASES = 100;
const MAX_DEPTH = 64;
const MAX_NODES = 50_000;

/**
 * A YAML text as JSON, with the way back from a path to its line. `value` is undefined when it could not be read, and
 * may be there beside problems of single values.
 */
export interface YamlDocument {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  readonly locate: Locate;
}

/**
 * Reads YAML 1.2 (JSON is YAML too). Duplicate keys, several documents, unknown tags, numbers that JSON has not, and
 * documents that are too large, too deep or too wide are problems; nothing is thrown.
 */
export function readYaml(text: string, file: string): YamlDocument {
  const counter = new LineCounter();
  const atStart: Locate = () => ({ file, line: 1, column: 1 });
  const refused = (message: string): YamlDocument => ({
    value: undefined,
    problems: [{ path: "", message, ...atStart([], false) }],
    locate: atStart,
  });
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) return refused(`has ${bytes} bytes, more than the ${MAX_BYTES} allowed; keep data in files`);
  if (isTooDeep(text, MAX_DEPTH)) return refused(`has more than ${MAX_DEPTH} levels; keep data in files`);
  if (text.includes("\0")) return refused("holds a zero byte; this is no YAML text");
  try {
    const document = parseDocument(text, {
      lineCounter: counter,
      prettyErrors: false,
      // Compared pair by pair there, which takes minutes for a long document; see duplicateKeys.
      uniqueKeys: false,
    });
    return inspect(document, counter, file);
  } catch (error) {
    return refused(`cannot be read as YAML: ${messageOf(error)}`);
  }
}

function inspect(document: Document.Parsed, counter: LineCounter, file: string): YamlDocument {
  const locate = locator(document, counter, file);
  // What follows the first error is mostly its consequence.
  const [broken] = [...document.errors, ...document.warnings];
  if (broken !== undefined) {
    const message = broken.message.split("\n")[0] ?? broken.code;
    return { value: undefined, problems: [{ path: "", message, ...position(counter, file, broken.pos[0]) }], locate };
  }
  const twice = duplicateKeys(document).map(({ path, offset }) => {
    const message = "is there twice; keep one";
    return { path: formatPath(path), message, ...position(counter, file, offset) };
  });
  if (twice.length > 0) return { value: undefined, problems: twice.slice(0, 200), locate };
  const findings = wrongNodes(document);
  const problems = problemsAt(findings, locate);
  if (findings.some((finding) => finding.path.length === 0)) return { value: undefined, problems, locate };
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown, problems, locate };
  } catch (error) {
    const message = `cannot be read: ${messageOf(error)}`;
    return { value: undefined, problems: [{ path: "", message, ...position(counter, file, 0) }], locate };
  }
}

function duplicateKeys(document: Document.Parsed) {
  const found: { readonly path: readonly PropertyKey[]; readonly offset: number }[] = [];
  visit(document, {
    Map(_key, map, ancestors) {
      const seen = new Set<string>();
      for (const pair of map.items) {
        if (!isScalar(pair.key)) continue;
        const key = String(pair.key.value);
        if (seen.has(key)) found.push({ path: [...pathTo(ancestors, map), key], offset: offsetOf(pair.key) ?? 0 });
        seen.add(key);
      }
    },
  });
  return found;
}

/** What is YAML but has no place in JSON. */
function wrongNodes(document: Document.Parsed): readonly Finding[] {
  const findings: Finding[] = [];
  let nodes = 0;
  visit(document, {
    Node(_key, node, ancestors) {
      nodes += 1;
      if (nodes > MAX_NODES || ancestors.length > MAX_DEPTH * 2) {
        findings.push({
          path: [],
          message: `has more than ${MAX_NODES} entries or ${MAX_DEPTH} levels; keep data in files`,
        });
        return visit.BREAK;
      }
      const message = isScalar(node) ? scalarFault(node.value, node.source) : undefined;
      if (message !== undefined) findings.push({ path: pathTo(ancestors, node), message });
      return undefined;
    },
    Pair(_key, pair, ancestors) {
      const key = isScalar(pair.key) ? pair.key.value : undefined;
      if (isScalar(pair.key) && (typeof key === "string" || typeof key === "number") && key !== "__proto__") return;
      const message = key === "__proto__" ? "this name is reserved; choose another" : "a key must be text";
      findings.push({ path: pathTo(ancestors, pair), message, atKey: true });
    },
  });
  return findings;
}

function scalarFault(value: unknown, source: string | undefined): string | undefined {
  if (typeof value === "bigint") return "is too large a number; put it in quotes to keep it as text";
  if (typeof value !== "number") return undefined;
  if (!Number.isFinite(value))
    return `${source ?? String(value)} is no number that JSON knows; use a finite number or text in quotes`;
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && /^[-+]?\d+$/u.test(source ?? "")) {
    return `${source} cannot be kept exactly as a number; put it in quotes to keep it as text`;
  }
  return undefined;
}

function pathTo(ancestors: readonly (Document | Node | Pair)[], last: unknown): readonly PropertyKey[] {
  const path: PropertyKey[] = [];
  const chain: readonly unknown[] = [...ancestors, last];
  chain.forEach((node, index) => {
    const next = chain[index + 1];
    if (isPair(node) && isScalar(node.key)) path.push(String(node.key.value));
    if (isSeq(node)) path.push(node.items.indexOf(next));
  });
  return path;
}

function locator(document: Document.Parsed, counter: LineCounter, file: string): Locate {
  return (path, atKey) => {
    let node: unknown = document.contents;
    let offset = offsetOf(node) ?? 0;
    let keyOffset = offset;
    for (const part of path) {
      const step = descend(resolved(node, document), part);
      if (step === undefined) return position(counter, file, keyOffset);
      keyOffset = offsetOf(step.key) ?? keyOffset;
      offset = offsetOf(step.value) ?? keyOffset;
      node = step.value;
    }
    return position(counter, file, atKey ? keyOffset : offset);
  };
}

function descend(node: unknown, part: PropertyKey): { readonly key: unknown; readonly value: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
    return pair === undefined ? undefined : { key: pair.key, value: pair.value };
  }
  if (!isSeq(node) || typeof part !== "number" || part >= node.items.length) return undefined;
  return { key: node.items[part], value: node.items[part] };
}

function resolved(node: unknown, document: Document.Parsed): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function position(counter: LineCounter, file: string, offset: number): Pick<Problem, "file" | "line" | "column"> {
  const { line, col } = counter.linePos(offset);
  return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
}
