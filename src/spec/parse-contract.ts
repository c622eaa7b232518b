import type { z } from "zod";
import type { Problem } from "../domain/errors.ts";
import type { ContractColumn, DataContract, DataRule } from "./contract.ts";
import { columnOf, columnRules } from "./contract-column.ts";
import { qualityRule } from "./contract-quality.ts";
import {
  ContractSchema,
  Property,
  Quality,
  ServiceLevel,
  type PropertyDocument,
  type QualityDocument,
  type ServiceLevelDocument,
} from "./contract-schema.ts";
import { isRecord } from "../domain/json.ts";
import { serviceLevelRule } from "./contract-service-level.ts";
import { findingsOf, mergeProblems, problemsAt, type Finding } from "./issue-problems.ts";
import { readYaml } from "./yaml-document.ts";

/**
 * Reads an Open Data Contract Standard 3.x document. A field or metric that would be a rule and that we do not know is
 * a problem, never skipped; fields that only describe are accepted. `contract` is there exactly when there are no
 * problems. Never throws.
 */
export function parseContract(
  text: string,
  file: string,
): { readonly contract?: DataContract; readonly problems: readonly Problem[] } {
  const yaml = readYaml(text, file);
  if (yaml.value === undefined && yaml.problems.length > 0) return { problems: yaml.problems };
  const parsed = ContractSchema.safeParse(yaml.value, { reportInput: true });
  const shape = parsed.success ? [] : findingsOf(parsed.error.issues);
  const findings: Finding[] = [...shape];
  const parts = soundParts(yaml.value);
  const made = rulesOf(parts, findings);
  if (made.rules.length === 0 && made.columns.length === 0 && findings.length === 0) {
    findings.push({ path: ["schema", 0], message: "has neither properties nor quality: it promises nothing" });
  }
  const problems = mergeProblems(yaml.problems, problemsAt(findings, yaml.locate));
  if (problems.length > 0 || !parsed.success) return { problems };
  const { id, version } = parsed.data;
  return { contract: { id, version, table: parts.table, ...made }, problems };
}

type Indexed<Value> = readonly (readonly [number, Value])[];

/** The entries of a contract whose shape is right, so that one wrong entry does not hide what is wrong in another. */
interface ContractParts {
  readonly table: string;
  readonly quality: Indexed<QualityDocument>;
  readonly properties: Indexed<PropertyDocument>;
  readonly levels: Indexed<ServiceLevelDocument>;
  readonly defaultElement: string | undefined;
  /** Names of all properties, of the wrong ones too: they are known, only not understood. */
  readonly names: readonly string[];
}

function soundParts(value: unknown): ContractParts {
  const document = isRecord(value) ? value : {};
  const first: unknown = listOf(document["schema"])[0];
  const table = isRecord(first) ? first : {};
  const { slaDefaultElement } = document;
  return {
    table: String(table["name"]),
    quality: soundEntries(Quality, table["quality"]),
    properties: soundEntries(Property, table["properties"]),
    levels: soundEntries(ServiceLevel, document["slaProperties"]),
    defaultElement: typeof slaDefaultElement === "string" ? slaDefaultElement : undefined,
    names: listOf(table["properties"]).flatMap((entry) => (isRecord(entry) ? [String(entry["name"])] : [])),
  };
}

function soundEntries<Schema extends z.ZodType>(schema: Schema, list: unknown): Indexed<z.output<Schema>> {
  return listOf(list).flatMap((entry, index) => {
    const parsed = schema.safeParse(entry);
    return parsed.success ? [[index, parsed.data] as const] : [];
  });
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

function rulesOf(parts: ContractParts, findings: Finding[]): Pick<DataContract, "columns" | "rules"> {
  const at = ["schema", 0, "properties"];
  const columns = new Map<string, ContractColumn>();
  for (const [index, property] of parts.properties) {
    if (columns.has(property.name)) {
      findings.push({ path: [...at, index, "name"], message: `${property.name} is there twice` });
    }
    columns.set(property.name, columnOf(property, [...at, index], findings));
  }
  const names = new Map(parts.names.map((name) => [name, columns.get(name)?.name ?? name]));
  const rules: DataRule[] = [];
  const take = (made: { readonly rule?: DataRule; readonly findings: readonly Finding[] }): void => {
    findings.push(...made.findings);
    if (made.rule !== undefined) rules.push(made.rule);
  };
  for (const [index, quality] of parts.quality) {
    take(qualityRule(quality, undefined, names, ["schema", 0, "quality", index]));
  }
  for (const [index, property] of parts.properties) {
    rules.push(...columnRules(property, [...at, index], findings));
    for (const [position, quality] of property.quality.entries()) {
      take(qualityRule(quality, names.get(property.name), names, [...at, index, "quality", position]));
    }
  }
  rules.push(...keyRules([...columns.values()]));
  const isWhole = parts.names.length === columns.size;
  for (const [index, level] of isWhole ? parts.levels : []) {
    take(serviceLevelRule(level, columns, parts.table, parts.defaultElement, ["slaProperties", index]));
  }
  return { columns: [...columns.values()], rules: named(rules) };
}

function keyRules(columns: readonly ContractColumn[]): readonly DataRule[] {
  const key = columns.filter((column) => column.key).map((column) => column.name);
  if (key.length === 0) return [];
  const bound = { operator: "mustBe", value: 0 } as const;
  const measure = { kind: "duplicateValues", columns: key } as const;
  return [{ name: `${key.join(", ")}: primary key`, measure, bound, unit: "rows", severity: "Failed" }];
}

/** Rules are told apart by their names in every report. */
function named(rules: readonly DataRule[]): readonly DataRule[] {
  const seen = new Map<string, number>();
  return rules.map((rule) => {
    const count = (seen.get(rule.name) ?? 0) + 1;
    seen.set(rule.name, count);
    return count === 1 ? rule : { ...rule, name: `${rule.name} (${count})` };
  });
}
