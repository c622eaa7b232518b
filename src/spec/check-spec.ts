import { z } from "zod";
import type { Problem } from "../domain/errors.ts";
import { isRecord, type Json } from "../domain/json.ts";
import { evaluationFindings } from "./check-gates.ts";
import { nameFindings } from "./check-names.ts";
import { dataFindings, servingFindings } from "./check-parts.ts";
import { rolloutFindings } from "./check-rollout.ts";
import {
  findingsOf,
  formatPath,
  mergeProblems,
  nowhere,
  problemsAt,
  type Finding,
  type Locate,
} from "./issue-problems.ts";
import { jsonFaults } from "./json-faults.ts";
import { SpecSchema, type Spec, type SpecParts } from "./spec.ts";
import { readYaml } from "./yaml-document.ts";

/** A document whose problems are known. `spec` is there exactly when there are none. */
export interface CheckedSpec {
  readonly spec?: Spec;
  readonly problems: readonly Problem[];
}

/** A slipway.yaml as read: `document` is its JSON as written, there whenever the text is YAML with keys. */
export interface ParsedSpec extends CheckedSpec {
  readonly document?: { readonly [key: string]: Json };
}

/** Reads and checks the text of a slipway.yaml: all problems at once, each with file, line, column and path. Never throws. */
export function parseSpec(text: string, file: string): ParsedSpec {
  const yaml = readYaml(text, file);
  if (yaml.value === undefined && yaml.problems.length > 0) return { problems: yaml.problems };
  const checked = checkSpec(yaml.value, yaml.locate);
  const problems = mergeProblems(yaml.problems, checked.problems);
  const document = isRecord(yaml.value) ? { document: yaml.value as { readonly [key: string]: Json } } : {};
  return checked.spec === undefined || problems.length > 0 ? { problems, ...document } : { ...checked, ...document };
}

/**
 * Checks a spec given as JSON. Problems have paths only, unless `locate` knows their places. Checking a spec that was
 * checked before gives the same spec. Never throws.
 */
export function checkSpec(document: unknown, locate: Locate = nowhere): CheckedSpec {
  const faults = jsonFaults(document);
  if (faults.some((fault) => fault.path.length === 0)) return { problems: problemsAt(faults, locate) };
  if (!isRecord(document)) {
    const message = "is empty or no group of keys; begin with slipway: 1 and model: NAME";
    return { problems: problemsAt([{ path: [], message }], locate) };
  }
  const parsed = SpecSchema.safeParse(document, { reportInput: true });
  const shape = parsed.success ? [] : findingsOf(parsed.error.issues);
  const parts = parsed.success ? parsed.data : soundParts(document, shape);
  const meaning = [nameFindings, dataFindings, evaluationFindings, servingFindings, rolloutFindings].flatMap((check) =>
    check(parts),
  );
  const problems = mergeProblems(problemsAt(faults, locate), problemsAt([...shape, ...meaning], locate));
  return problems.length === 0 && parsed.success ? { spec: parsed.data, problems } : { problems };
}

/** So that a wrong word in one part does not hide what is wrong in another. */
function soundParts(document: Readonly<Record<string, unknown>>, findings: readonly Finding[]): SpecParts {
  const broken = new Set(findings.flatMap(({ path }) => path.map((_, index) => formatPath(path.slice(0, index + 1)))));
  return soundFields(SpecSchema.shape, document, [], broken);
}

function soundFields(
  shape: Readonly<Record<string, z.ZodType>>,
  group: Readonly<Record<string, unknown>>,
  path: readonly PropertyKey[],
  broken: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  const fields = Object.entries(shape).flatMap(([key, schema]): readonly (readonly [string, unknown])[] => {
    const value = group[key];
    const at = [...path, key];
    if (!broken.has(formatPath(at))) {
      const parsed = schema.safeParse(value);
      return parsed.success ? [[key, parsed.data]] : [];
    }
    if (!(schema instanceof z.ZodObject) || !isRecord(value)) return [];
    return [[key, soundFields(schema.shape, value, at, broken)]];
  });
  return Object.fromEntries(fields);
}
