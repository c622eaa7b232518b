import type { LogicalType } from "../spec/contract.ts";

/** Types that are compared and counted in the same way. */
export type ColumnGroup =
  | "integer"
  | "float"
  | "decimal"
  | "string"
  | "boolean"
  | "date"
  | "timestamp"
  | "time"
  | "object"
  | "array"
  | "other";

const PLAIN_GROUPS: Readonly<Record<string, ColumnGroup>> = {
  FLOAT: "float",
  DOUBLE: "float",
  VARCHAR: "string",
  UUID: "string",
  BOOLEAN: "boolean",
  DATE: "date",
};

/** The group of a type as DuckDB writes it. */
export function groupOf(type: string): ColumnGroup {
  if (type.endsWith("]")) return "array";
  if (/^(?:STRUCT|MAP|UNION)\b/u.test(type)) return "object";
  if (/^U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/u.test(type)) return "integer";
  if (type.startsWith("DECIMAL")) return type.endsWith(",0)") ? "integer" : "decimal";
  if (type.startsWith("TIMESTAMP")) return "timestamp";
  if (/^TIME\b/u.test(type)) return "time";
  if (type.startsWith("ENUM")) return "string";
  return PLAIN_GROUPS[type] ?? "other";
}

const ACCEPTED: Readonly<Record<LogicalType, readonly ColumnGroup[]>> = {
  string: ["string"],
  integer: ["integer"],
  number: ["integer", "float", "decimal"],
  boolean: ["boolean"],
  date: ["date"],
  timestamp: ["timestamp"],
  time: ["time"],
  object: ["object"],
  array: ["array"],
};

/** May a column of this group be called so in a contract? */
export function isOfType(group: ColumnGroup, type: LogicalType): boolean {
  return ACCEPTED[type].includes(group);
}

export function isNumeric(group: ColumnGroup): boolean {
  return group === "integer" || group === "float" || group === "decimal";
}

export function isTemporal(group: ColumnGroup): boolean {
  return group === "date" || group === "timestamp";
}
