import type { Problem } from "../domain/errors.ts";
import type { ContractColumn, DataContract, DataRule } from "./contract.ts";
import { columnOf, columnRules } from "./contract-column.ts";
import { qualityRule } from "./contract-quality.ts";
import { ContractSchema, type ContractDocument } from "./contract-schema.ts";
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
  if (!parsed.success) {
    return { problems: mergeProblems(yaml.problems, problemsAt(findingsOf(parsed.error.issues), yaml.locate)) };
  }
  const findings: Finding[] = [];
  const contract = contractOf(parsed.data, findings);
  const problems = mergeProblems(yaml.problems, problemsAt(findings, yaml.locate));
  return problems.length === 0 && contract !== undefined ? { contract, problems } : { problems };
}

function contractOf(document: ContractDocument, findings: Finding[]): DataContract | undefined {
  const table = document.schema[0];
  if (table === undefined) return undefined;
  const at = ["schema", 0, "properties"];
  const columns = new Map<string, ContractColumn>();
  for (const [index, property] of table.properties.entries()) {
    if (columns.has(property.name)) {
      findings.push({ path: [...at, index, "name"], message: `${property.name} is there twice` });
    }
    columns.set(property.name, columnOf(property, [...at, index], findings));
  }
  const names = new Map([...columns].map(([name, column]) => [name, column.name]));
  const rules: DataRule[] = [];
  const take = (made: { readonly rule?: DataRule; readonly findings: readonly Finding[] }): void => {
    findings.push(...made.findings);
    if (made.rule !== undefined) rules.push(made.rule);
  };
  for (const [index, quality] of table.quality.entries()) {
    take(qualityRule(quality, undefined, names, ["schema", 0, "quality", index]));
  }
  for (const [index, property] of table.properties.entries()) {
    rules.push(...columnRules(property, [...at, index], findings));
    for (const [position, quality] of property.quality.entries()) {
      take(qualityRule(quality, names.get(property.name), names, [...at, index, "quality", position]));
    }
  }
  rules.push(...keyRules([...columns.values()]));
  for (const [index, level] of document.slaProperties.entries()) {
    take(serviceLevelRule(level, columns, table.name, document.slaDefaultElement, ["slaProperties", index]));
  }
  if (rules.length === 0 && columns.size === 0 && findings.length === 0) {
    findings.push({ path: ["schema", 0], message: "has neither properties nor quality: it promises nothing" });
  }
  return {
    id: document.id,
    version: document.version,
    table: table.name,
    columns: [...columns.values()],
    rules: named(rules),
  };
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
