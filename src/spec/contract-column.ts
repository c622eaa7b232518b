import type { ContractColumn, DataRule, Limit, Measure } from "./contract.ts";
import type { PropertyDocument } from "./contract-schema.ts";
import { INTEGER_FORMATS, physicalTypeOf, STRING_FORMATS } from "./contract-types.ts";
import type { Finding } from "./issue-problems.ts";
import { suggestion } from "./nearest.ts";
import { patternFault } from "./pattern-fault.ts";
import { present } from "./present.ts";

type Path = readonly PropertyKey[];
type Options = NonNullable<PropertyDocument["logicalTypeOptions"]>;

const LIMITS = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"] as const satisfies readonly Limit[];
const NUMERIC = ["integer", "number"];
const TEMPORAL = ["date", "timestamp"];
/** Classifications whose values may be shown; any other word hides them. */
const OPEN = ["public", "internal"];
const HIDING_TAGS = ["sensitive", "pii", "personal", "confidential", "restricted", "secret"];

export function columnOf(property: PropertyDocument, path: Path, findings: Finding[]): ContractColumn {
  const physicalType = property.physicalType === undefined ? undefined : physicalTypeOf(property.physicalType);
  if (property.physicalType !== undefined && physicalType === undefined) {
    const message = `${property.physicalType} is no type that Parquet files have; use logicalType, or a type such as BIGINT, DOUBLE or VARCHAR`;
    findings.push({ path: [...path, "physicalType"], message });
  }
  const classification = property.classification?.toLowerCase();
  const tagged = (property.tags ?? []).some((tag) => HIDING_TAGS.includes(tag.toLowerCase()));
  return present<ContractColumn>({
    name: property.physicalName ?? property.name,
    logicalType: property.logicalType,
    physicalType,
    sensitive: tagged || (classification !== undefined && !OPEN.includes(classification)),
    key: property.primaryKey,
  });
}

/** The rules that a column's own fields make: required, unique and the options of its logical type. */
export function columnRules(property: PropertyDocument, path: Path, findings: Finding[]): readonly DataRule[] {
  const column = property.physicalName ?? property.name;
  const rules: DataRule[] = [];
  const forbid = (word: string, measure: Measure): void => {
    const bound = { operator: "mustBe", value: 0 } as const;
    rules.push({ name: `${column}: ${word}`, measure, bound, unit: "rows", severity: "Failed" });
  };
  if (property.required || property.primaryKey) forbid("required", { kind: "nullValues", column });
  if (property.unique) forbid("unique", { kind: "duplicateValues", columns: [column] });
  const options = property.logicalTypeOptions;
  if (options === undefined) return rules;
  const at = [...path, "logicalTypeOptions"];
  findings.push(...misplacedOptions(options, property.logicalType, at));
  for (const limit of LIMITS) {
    const value = options[limit];
    if (value === undefined) continue;
    findings.push(...limitFindings(value, property.logicalType, [...at, limit]));
    forbid(`${limit} ${value}`, { kind: "outOfRange", column, limit, value });
  }
  for (const limit of ["minLength", "maxLength"] as const) {
    const value = options[limit];
    if (value !== undefined) forbid(`${limit} ${value}`, { kind: "wrongLength", column, limit, value });
  }
  const fault = options.pattern === undefined ? undefined : patternFault(options.pattern);
  if (fault !== undefined) findings.push({ path: [...at, "pattern"], message: fault });
  if (options.pattern !== undefined) forbid("pattern", { kind: "patternMismatch", column, pattern: options.pattern });
  if (options.format !== undefined) {
    for (const [word, measure] of formatMeasures(options.format, property, [...at, "format"], findings))
      forbid(word, measure);
  }
  return rules;
}

function misplacedOptions(options: Options, type: string | undefined, path: Path): readonly Finding[] {
  return Object.entries(options).flatMap(([option, value]): readonly Finding[] => {
    if (value === undefined) return [];
    if (type === undefined) return [{ path: [...path, option], message: "needs logicalType", atKey: true }];
    const isLimit = LIMITS.some((limit) => limit === option);
    const fits = option === "format" || (isLimit ? [...NUMERIC, ...TEMPORAL].includes(type) : type === "string");
    return fits ? [] : [{ path: [...path, option], message: `is no option of the type ${type}`, atKey: true }];
  });
}

function limitFindings(value: number | string, type: string | undefined, path: Path): readonly Finding[] {
  if (type !== undefined && NUMERIC.includes(type) && typeof value === "string") {
    return [{ path, message: `must be a number, not the text ${JSON.stringify(value)}` }];
  }
  if (type === undefined || !TEMPORAL.includes(type)) return [];
  const isTime =
    typeof value === "string" && /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?Z?)?$/u.test(value);
  if (isTime && !Number.isNaN(Date.parse(value.replace(" ", "T")))) return [];
  return [
    { path, message: `must be a time in quotes, such as "2024-01-31" or "2024-01-31T12:00:00Z", not ${String(value)}` },
  ];
}

function formatMeasures(
  format: string,
  property: PropertyDocument,
  path: Path,
  findings: Finding[],
): readonly (readonly [string, Measure])[] {
  const column = property.physicalName ?? property.name;
  if (property.logicalType === "string") {
    const pattern = Object.hasOwn(STRING_FORMATS, format) ? STRING_FORMATS[format] : undefined;
    if (pattern !== undefined) return [[`format ${format}`, { kind: "patternMismatch", column, pattern }]];
  }
  if (property.logicalType === "integer" && Object.hasOwn(INTEGER_FORMATS, format)) {
    const [low, high] = INTEGER_FORMATS[format] ?? [0, 0];
    return [
      [`format ${format} minimum`, { kind: "outOfRange", column, limit: "minimum", value: low }],
      [`format ${format} maximum`, { kind: "outOfRange", column, limit: "maximum", value: high }],
    ];
  }
  const known = property.logicalType === "integer" ? Object.keys(INTEGER_FORMATS) : Object.keys(STRING_FORMATS);
  const offered = ["string", "integer"].includes(property.logicalType ?? "")
    ? suggestion(format, known)
    : "leave it out";
  findings.push({
    path,
    message: `the format ${format} of ${property.logicalType ?? "no type"} is not available yet; ${offered}`,
  });
  return [];
}
