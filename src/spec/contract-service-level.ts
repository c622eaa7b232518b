import type { ContractColumn, DataRule } from "./contract.ts";
import type { ServiceLevelDocument } from "./contract-schema.ts";
import type { Finding } from "./issue-problems.ts";
import { suggestion } from "./nearest.ts";

type Path = readonly PropertyKey[];

/** Promises about the service, which the rows cannot show. */
const DESCRIPTIVE = [
  "availability",
  "throughput",
  "errorRate",
  "generalAvailability",
  "endOfSupport",
  "endOfLife",
  "frequency",
  "timeOfAvailability",
  "timeToDetect",
  "timeToNotify",
  "timeToRepair",
].map((name) => name.toLowerCase());
/** The standard prefers `latency`; both mean the age of the newest row. */
const AGE = ["freshness", "latency", "ly"];
const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1e3,
  second: 1e3,
  m: 60e3,
  min: 60e3,
  minute: 60e3,
  h: 3600e3,
  hour: 3600e3,
  d: 86400e3,
  day: 86400e3,
  w: 7 * 86400e3,
  week: 7 * 86400e3,
};

/** The rule of one service level, or what is wrong with it. Levels about the service make no rule. */
export function serviceLevelRule(
  level: ServiceLevelDocument,
  columns: ReadonlyMap<string, ContractColumn>,
  table: string,
  defaultElement: string | undefined,
  path: Path,
): { readonly rule?: DataRule; readonly findings: readonly Finding[] } {
  const property = level.property.toLowerCase();
  if (DESCRIPTIVE.includes(property)) return { findings: [] };
  if (!AGE.includes(property)) {
    const message = `${level.property} is not available yet; ${suggestion(level.property, ["freshness", ...DESCRIPTIVE])}`;
    return { findings: [{ path: [...path, "property"], message }] };
  }
  const findings: Finding[] = [];
  const spanMs = spanOf(level, path, findings);
  const element = level.element ?? defaultElement;
  const name = element?.startsWith(`${table}.`) === true ? element.slice(table.length + 1) : element;
  const column = columns.get(name ?? "");
  if (column === undefined) {
    const known = [...columns.keys()];
    const message =
      name === undefined
        ? "is missing: the column that tells a row's time"
        : `${name} is no column; ${suggestion(name, known)}`;
    findings.push({ path: [...path, "element"], message });
  } else if (column.logicalType !== "date" && column.logicalType !== "timestamp") {
    findings.push({ path: [...path, "element"], message: `${name} must have the logicalType date or timestamp` });
  }
  if (column === undefined || spanMs === undefined || findings.length > 0) return { findings };
  const rule: DataRule = {
    name: `${column.name}: freshness`,
    measure: { kind: "age", column: column.name },
    bound: { operator: "mustBeLessOrEqualTo", value: spanMs },
    unit: "rows",
    severity: "Failed",
  };
  return { rule, findings };
}

function spanOf(level: ServiceLevelDocument, path: Path, findings: Finding[]): number | undefined {
  const unit = (level.unit ?? "").toLowerCase();
  const unitMs = UNIT_MS[unit] ?? UNIT_MS[unit.replace(/s$/u, "")];
  if (unitMs === undefined) {
    const message =
      level.unit === undefined ? "is missing; one of s, m, h, d, w" : `${level.unit} is no unit; one of s, m, h, d, w`;
    findings.push({ path: [...path, "unit"], message });
  }
  if (typeof level.value !== "number" || level.value <= 0) {
    findings.push({ path: [...path, "value"], message: "must be a number above 0" });
    return undefined;
  }
  return unitMs === undefined ? undefined : level.value * unitMs;
}
