import type { ContractColumn } from "../spec/contract.ts";
import { nearestOf } from "../spec/nearest.ts";
import { groupOf, isOfType, type ColumnGroup } from "./column-group.ts";
import type { Table, TableColumn } from "./table.ts";

/** A column of the contract as it stands in the data. */
export interface CheckedColumn {
  readonly declared: ContractColumn;
  /** Why no rule about it can be computed: it is not there. */
  readonly missing?: string;
  /** Why it is not what the contract says. */
  readonly wrongType?: string;
  /** How its values are compared: the data's type, or for CSV the contract's. */
  readonly group: ColumnGroup;
  /** Are its numbers of single precision? */
  readonly isSingle: boolean;
  /** Names of the typed value and, for CSV, of the text as it stands in the file. */
  readonly value: string;
  readonly raw?: string;
  /** What the two are made of. */
  readonly valueSql: string;
  readonly rawSql?: string;
}

/** Matches the contract's columns to the data's by their exact names; further columns of the data are allowed. */
export function checkedColumns(declared: readonly ContractColumn[], table: Table): readonly CheckedColumn[] {
  return declared.map((column, index) => {
    const value = `v${index}`;
    const found = table.columns.find((other) => other.name === column.name);
    if (found === undefined) {
      const missing = missingText(column.name, table);
      return { declared: column, missing, group: "other", isSingle: false, value, valueSql: "NULL" };
    }
    if (table.format === "csv") return csvColumn(column, found, index);
    const wrongType = parquetFault(column, found);
    const isSingle = found.type === "FLOAT";
    const checked = { declared: column, group: found.group, isSingle, value, valueSql: found.reference };
    return wrongType === undefined ? checked : { ...checked, wrongType };
  });
}

function missingText(name: string, table: Table): string {
  const names = table.columns.map((column) => column.name);
  const near = nearestOf(name, names);
  const only = names.length === 1 ? (names[0] ?? "") : "";
  if (table.format === "csv" && /[;\t|]/u.test(only)) {
    return "the column is missing: the file's columns are not separated by commas";
  }
  return `the column is missing${near === undefined ? "" : `; there is a column ${near}`}`;
}

function parquetFault({ logicalType, physicalType }: ContractColumn, found: TableColumn): string | undefined {
  if (logicalType !== undefined && !isOfType(found.group, logicalType)) {
    return `is ${shortType(found.type)}, not ${logicalType}`;
  }
  if (physicalType !== undefined && found.type !== physicalType) {
    return `is ${shortType(found.type)}, not ${physicalType}`;
  }
  return undefined;
}

function shortType(type: string): string {
  return type.length > 80 ? `${type.slice(0, 80)}…` : type;
}

function csvColumn(column: ContractColumn, found: TableColumn, index: number): CheckedColumn {
  const raw = `r${index}`;
  const group = csvGroup(column);
  const checked = { declared: column, isSingle: false, value: `v${index}`, raw, rawSql: found.reference };
  if (group === "object" || group === "array" || group === "other") {
    return { ...checked, group: "other", valueSql: "NULL", wrongType: "is text: CSV holds no nested values" };
  }
  return { ...checked, group, valueSql: csvValue(found.reference, group, column.physicalType) };
}

function csvGroup({ logicalType, physicalType }: ContractColumn): ColumnGroup {
  if (logicalType !== undefined) return logicalType === "number" ? "float" : logicalType;
  return physicalType === undefined ? "string" : groupOf(physicalType);
}

/** NULL where the text is none of the type. Whole numbers are matched first: a cast would round 5.7 to 6. */
function csvValue(reference: string, group: ColumnGroup, physicalType: string | undefined): string {
  const casts: Partial<Readonly<Record<ColumnGroup, string>>> = {
    float: "DOUBLE",
    decimal: physicalType ?? "DOUBLE",
    boolean: "BOOLEAN",
    date: "DATE",
    timestamp: "TIMESTAMP WITH TIME ZONE",
    time: "TIME",
  };
  if (group === "integer") {
    const type = physicalType ?? "HUGEINT";
    return `CASE WHEN regexp_full_match(trim(${reference}), '[-+]?[0-9]+') THEN TRY_CAST(trim(${reference}) AS ${type}) END`;
  }
  const cast = casts[group];
  return cast === undefined ? reference : `TRY_CAST(${reference} AS ${cast})`;
}

/** The words of a type for people. */
export function declaredType({ logicalType, physicalType }: ContractColumn): string | undefined {
  return logicalType ?? physicalType;
}
