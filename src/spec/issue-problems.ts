import type { z } from "zod";
import type { Problem } from "../domain/errors.ts";

/** A problem whose place in the file is not known yet. `atKey`: the key itself is wrong, not its value. */
export interface Finding {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly atKey?: boolean;
}

/** Finds where a path stands in the document; a part that is missing there is looked for at what surrounds it. */
export type Locate = (path: readonly PropertyKey[], atKey: boolean) => Pick<Problem, "file" | "line" | "column">;

/** For documents that came without a text: problems have their paths only. */
export const nowhere: Locate = () => ({});

/** `train.command[0]`; keys with dots or blanks are quoted. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else {
      const key = String(part).slice(0, 200);
      const shown = /^[\w@/-]+$/u.test(key) ? key : JSON.stringify(key);
      text += text === "" ? shown : `.${shown}`;
    }
  }
  return text;
}

/** Nobody reads more, and finding the place of each takes time. */
const MAX_FINDINGS = 200;

/** Findings as problems, in the order of the document, each place and message once; at most 200, and how many more. */
export function problemsAt(findings: readonly Finding[], locate: Locate): readonly Problem[] {
  const unique = new Map(findings.map((finding) => [`${formatPath(finding.path)}\0${finding.message}`, finding]));
  const told = [...unique.values()].slice(0, MAX_FINDINGS);
  const problems = told.map(({ path, message, atKey = false }) => ({
    path: formatPath(path),
    message,
    ...locate(path, atKey),
  }));
  const more = unique.size - told.length;
  return more === 0 ? inOrder(problems) : [...inOrder(problems), { path: "", message: `and ${more} more problems` }];
}

/** Both in the order of the document; where the first speak of a path, the second do not repeat it. */
export function mergeProblems(first: readonly Problem[], second: readonly Problem[]): readonly Problem[] {
  const told = new Set(first.map((problem) => problem.path));
  return inOrder([...first, ...second.filter((problem) => !told.has(problem.path))]);
}

const lineOf = ({ line }: Problem): number => line ?? Number.MAX_SAFE_INTEGER;

/** By line and column; what has no place of its own comes last. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((left, right) => lineOf(left) - lineOf(right) || (left.column ?? 0) - (right.column ?? 0));
}

/** What zod found, in words for people. Parse with `reportInput: true`, so that messages can name the value. */
export function findingsOf(issues: readonly z.core.$ZodIssue[]): readonly Finding[] {
  return issues.flatMap(findingsOfIssue);
}

/** How zod's own messages begin; a schema's message says more than we could. */
const ZODS_OWN = /^(?:Invalid (?:input|option|string)|Too (?:small|big))/u;

function findingsOfIssue(issue: z.core.$ZodIssue): readonly Finding[] {
  const { path } = issue;
  if (issue.code !== "unrecognized_keys" && issue.code !== "invalid_key" && !ZODS_OWN.test(issue.message)) {
    return [{ path, message: issue.message }];
  }
  if (issue.code === "unrecognized_keys") {
    const messages = issue.message.split("\n");
    return issue.keys.map((key, index) => ({ path: [...path, key], message: messages[index] ?? "", atKey: true }));
  }
  if (issue.code === "invalid_key") return [{ path, message: issue.issues[0]?.message ?? issue.message, atKey: true }];
  if (issue.code === "invalid_type") return [{ path, message: typeMessage(issue.expected, issue.input, path) }];
  if (issue.code === "invalid_value") return [{ path, message: choiceMessage(issue.values, issue.input, path) }];
  if (issue.code === "too_small" || issue.code === "too_big") return [{ path, message: sizeMessage(issue) }];
  return [{ path, message: issue.message }];
}

function choiceMessage(values: readonly unknown[], input: unknown, path: readonly PropertyKey[]): string {
  const allowed = values.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  if (input === undefined) return `is missing; must be ${oneOf(allowed)}`;
  return `must be ${oneOf(allowed)}, not ${describeValue(input, path)}`;
}

function typeMessage(expected: string, input: unknown, path: readonly PropertyKey[]): string {
  if (input === undefined) return `is missing; must be ${TYPE_WORDS[expected] ?? expected}`;
  return `must be ${TYPE_WORDS[expected] ?? expected}, not ${describeValue(input, path)}`;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a group of keys",
  record: "a group of keys",
};

function sizeMessage(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const limit = issue.code === "too_small" ? issue.minimum : issue.maximum;
  const atLeast = issue.code === "too_small";
  if (issue.origin === "string") {
    if (atLeast && limit === 1) return "must not be empty";
    return `must have at ${atLeast ? "least" : "most"} ${limit} characters`;
  }
  if (issue.origin === "array") {
    if (atLeast && limit === 1) return "must have at least one entry";
    return `must have at ${atLeast ? "least" : "most"} ${limit} entries`;
  }
  const word = issue.inclusive === false ? (atLeast ? "above" : "below") : `at ${atLeast ? "least" : "most"}`;
  return `must be ${word} ${limit}, not ${describeValue(issue.input, issue.path)}`;
}

function oneOf(allowed: readonly string[]): string {
  const last = allowed.at(-1) ?? "";
  return allowed.length < 2 ? last : `${allowed.slice(0, -1).join(", ")} or ${last}`;
}

/** The offending value, shortened. Values of environment variables may be secrets and are only named by their type. */
function describeValue(value: unknown, path: readonly PropertyKey[]): string {
  if (value === null) return "empty (null)";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a group of keys";
  const kind = typeof value === "string" ? "the text" : typeof value === "number" ? "the number" : "";
  if (path.includes("env")) return kind === "" ? `a ${typeof value}` : kind.replace("the", "a");
  const shown = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? typeof value);
  return `${kind} ${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown}`.trim();
}
