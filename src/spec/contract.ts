/** What a column may hold, in the words of the Open Data Contract Standard. */
export const LOGICAL_TYPES = [
  "string",
  "integer",
  "number",
  "boolean",
  "date",
  "timestamp",
  "time",
  "object",
  "array",
] as const;

export type LogicalType = (typeof LOGICAL_TYPES)[number];

export interface ContractColumn {
  /** As in the data: the physical name where there is one. */
  readonly name: string;
  readonly logicalType?: LogicalType;
  /** DuckDB's name of the type that a Parquet column must have. */
  readonly physicalType?: string;
  /** Its values never appear in a report. */
  readonly sensitive: boolean;
  /** Part of the primary key; shown with offending rows to find them. */
  readonly key: boolean;
}

/** What is counted. Null values are never invalid: that they may not be there is a rule of its own. */
export type Measure =
  | { readonly kind: "rowCount" }
  /** NULL, and NaN in number columns. */
  | { readonly kind: "nullValues"; readonly column: string }
  | { readonly kind: "missingValues"; readonly column: string; readonly values: readonly Scalar[] }
  /** Rows beyond the first of each value; rows with a null in any of the columns do not count. */
  | { readonly kind: "duplicateValues"; readonly columns: readonly string[] }
  | { readonly kind: "outOfRange"; readonly column: string; readonly limit: Limit; readonly value: number | string }
  | {
      readonly kind: "wrongLength";
      readonly column: string;
      readonly limit: "minLength" | "maxLength";
      readonly value: number;
    }
  /** Found anywhere in the value, as ECMA-262 means it. RE2 syntax. */
  | { readonly kind: "patternMismatch"; readonly column: string; readonly pattern: string }
  | { readonly kind: "notAmong"; readonly column: string; readonly values: readonly Scalar[] }
  /** Age of the newest value of a date or timestamp column, in milliseconds. */
  | { readonly kind: "age"; readonly column: string };

export type Limit = "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum";
export type Scalar = string | number | boolean;

/** The operators of the standard; ranges include their ends. */
export type Bound =
  | {
      readonly operator:
        | "mustBe"
        | "mustNotBe"
        | "mustBeLessThan"
        | "mustBeLessOrEqualTo"
        | "mustBeGreaterThan"
        | "mustBeGreaterOrEqualTo";
      readonly value: number;
    }
  | { readonly operator: "mustBeBetween" | "mustNotBeBetween"; readonly low: number; readonly high: number };

export interface DataRule {
  /** Unique within the contract. */
  readonly name: string;
  readonly measure: Measure;
  readonly bound: Bound;
  /** Percent of all rows, or a plain number. */
  readonly unit: "rows" | "percent";
  /** What a broken rule is: a warning does not stop a release. */
  readonly severity: "Failed" | "Warning";
}

/** The rules that a contract puts on one table. */
export interface DataContract {
  readonly id: string;
  readonly version: string;
  readonly table: string;
  readonly columns: readonly ContractColumn[];
  readonly rules: readonly DataRule[];
}
