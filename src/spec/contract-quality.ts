import type { Bound, DataRule, Measure } from "./contract.ts";
import type { QualityDocument } from "./contract-schema.ts";
import { notYet } from "./closed-object.ts";
import type { Finding } from "./issue-problems.ts";
import { suggestion } from "./nearest.ts";
import { patternFault } from "./pattern-fault.ts";

type Path = readonly PropertyKey[];

/** Severities that do not stop a release; every other word does. */
const MILD = ["info", "warn", "warning", "low", "minor", "trivial"];
const COLUMN_METRICS = ["nullValues", "missingValues", "invalidValues", "duplicateValues"];
const TABLE_METRICS = ["rowCount", "duplicateValues"];
const SINGLE_OPERATORS = [
  "mustBe",
  "mustNotBe",
  "mustBeLessThan",
  "mustBeLessOrEqualTo",
  "mustBeGreaterThan",
  "mustBeGreaterOrEqualTo",
] as const;
const RANGE_OPERATORS = ["mustBeBetween", "mustNotBeBetween"] as const;

/** The rule of one quality entry, or what is wrong with it. Entries of `type: text` are for people: neither. */
export function qualityRule(
  quality: QualityDocument,
  /** The column's name in the data; undefined for rules of the table. */
  column: string | undefined,
  columnNames: ReadonlyMap<string, string>,
  path: Path,
): { readonly rule?: DataRule; readonly findings: readonly Finding[] } {
  if (quality.type === "text") return { findings: [] };
  if (quality.type === "sql") {
    return { findings: [{ path: [...path, "type"], message: notYet("a rule in SQL", "use a library metric") }] };
  }
  if (quality.type === "custom") {
    const message = notYet("a rule of another engine", "use a library metric, or type: text for people");
    return { findings: [{ path: [...path, "type"], message }] };
  }
  const findings: Finding[] = [];
  const measure = measureOf(quality, column, columnNames, path, findings);
  const bound = boundOf(quality, path, findings);
  if (quality.unit === "percent" && quality.metric === "rowCount") {
    findings.push({ path: [...path, "unit"], message: "rowCount is counted in rows" });
  }
  if (measure === undefined || bound === undefined || findings.length > 0) return { findings };
  const name =
    quality.name ?? `${column === undefined ? "" : `${column}: `}${quality.metric} ${boundText(bound, quality.unit)}`;
  const severity = MILD.includes(quality.severity?.toLowerCase() ?? "") ? "Warning" : "Failed";
  return { rule: { name, measure, bound, unit: quality.unit, severity }, findings };
}

/** `mustBeBetween 1 and 5 percent`. */
export function boundText(bound: Bound, unit: "rows" | "percent"): string {
  const numbers = "low" in bound ? `${bound.low} and ${bound.high}` : String(bound.value);
  return `${bound.operator} ${numbers}${unit === "percent" ? " percent" : ""}`;
}

function measureOf(
  quality: QualityDocument,
  column: string | undefined,
  columnNames: ReadonlyMap<string, string>,
  path: Path,
  findings: Finding[],
): Measure | undefined {
  const { metric } = quality;
  const known = column === undefined ? TABLE_METRICS : COLUMN_METRICS;
  if (metric === undefined || !known.includes(metric)) {
    const where = column === undefined ? "a table" : "a column";
    const message =
      metric === undefined
        ? `is missing; one of ${known.join(", ")}`
        : `${metric} is no metric of ${where}; ${suggestion(metric, known)}`;
    findings.push({ path: [...path, "metric"], message });
    return undefined;
  }
  refuseArguments(quality, column, path, findings);
  if (metric === "rowCount") return { kind: "rowCount" };
  if (metric === "duplicateValues") return duplicatesOf(quality, column, columnNames, path, findings);
  if (column === undefined) return undefined;
  if (metric === "nullValues") return { kind: "nullValues", column };
  if (metric === "missingValues") {
    const values = (quality.arguments?.missingValues ?? [""]).filter((value) => value !== null);
    return { kind: "missingValues", column, values };
  }
  return invalidOf(quality, column, path, findings);
}

/** Arguments that the metric does not read would be skipped silently. */
function refuseArguments(quality: QualityDocument, column: string | undefined, path: Path, findings: Finding[]): void {
  const read: Readonly<Record<string, readonly string[]>> = {
    missingValues: ["missingValues"],
    invalidValues: ["validValues", "pattern"],
    duplicateValues: column === undefined ? ["properties"] : [],
  };
  const allowed = read[quality.metric ?? ""] ?? [];
  for (const [name, value] of Object.entries(quality.arguments ?? {})) {
    if (value === undefined || allowed.includes(name)) continue;
    findings.push({ path: [...path, "arguments", name], message: `is no argument of ${quality.metric}`, atKey: true });
  }
}

function duplicatesOf(
  quality: QualityDocument,
  column: string | undefined,
  columnNames: ReadonlyMap<string, string>,
  path: Path,
  findings: Finding[],
): Measure | undefined {
  if (column !== undefined) return { kind: "duplicateValues", columns: [column] };
  const properties = quality.arguments?.properties;
  if (properties === undefined) {
    findings.push({ path, message: "needs arguments.properties: the columns that are unique together" });
    return undefined;
  }
  const columns = properties.flatMap((property, index) => {
    const name = columnNames.get(property);
    if (name !== undefined) return [name];
    const message = `${property} is no property of the table; ${suggestion(property, [...columnNames.keys()])}`;
    findings.push({ path: [...path, "arguments", "properties", index], message });
    return [];
  });
  return { kind: "duplicateValues", columns };
}

function invalidOf(quality: QualityDocument, column: string, path: Path, findings: Finding[]): Measure | undefined {
  const { validValues, pattern } = quality.arguments ?? {};
  if ((validValues === undefined) === (pattern === undefined)) {
    findings.push({ path, message: "needs arguments.validValues or arguments.pattern, and not both" });
    return undefined;
  }
  if (validValues !== undefined) return { kind: "notAmong", column, values: validValues };
  const fault = patternFault(pattern ?? "");
  if (fault !== undefined) findings.push({ path: [...path, "arguments", "pattern"], message: fault });
  return { kind: "patternMismatch", column, pattern: pattern ?? "" };
}

function boundOf(quality: QualityDocument, path: Path, findings: Finding[]): Bound | undefined {
  const bounds: Bound[] = [];
  for (const operator of SINGLE_OPERATORS) {
    const value = quality[operator];
    if (value !== undefined) bounds.push({ operator, value });
  }
  for (const operator of RANGE_OPERATORS) {
    const range = quality[operator];
    if (range === undefined) continue;
    if (range[0] > range[1])
      findings.push({ path: [...path, operator], message: "must have the smaller number first" });
    bounds.push({ operator, low: range[0], high: range[1] });
  }
  if (bounds.length === 1) return bounds[0];
  const operators = [...SINGLE_OPERATORS, ...RANGE_OPERATORS].join(", ");
  findings.push({ path, message: `must have exactly one of ${operators}` });
  return undefined;
}
