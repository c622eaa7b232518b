import { digestOf } from "../digest.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { Json } from "../domain/json.ts";
import type { Verdict } from "../domain/verdict.ts";
import type { DataContract } from "../spec/contract.ts";
import { checkedColumns, type CheckedColumn } from "./checked-column.ts";
import type { CheckTask } from "./check-message.ts";
import { checkStatement, RESULTS, type CompiledRule } from "./check-statement.ts";
import { columnVerdict } from "./column-verdict.ts";
import type { Session, Statement } from "./duckdb-session.ts";
import { offendingRows, untypedRows } from "./offending-rows.ts";
import { isInterrupt, isMemoryFault, readingFault } from "./reading-fault.ts";
import { ruleVerdict, unevaluatedVerdict } from "./rule-verdict.ts";
import { createParameters } from "./sql-parameters.ts";
import type { DataFile } from "./table-files.ts";
import { openTable, type Table } from "./table.ts";

type Row = Readonly<Record<string, unknown>>;

/**
 * Holds the files to the contract: readable, agreeing and not empty; each column; each rule. Everything after the
 * columns comes from one statement; broken rules cost one further statement each, for their rows.
 */
export async function checkTable(
  session: Session,
  files: readonly DataFile[],
  format: "parquet" | "csv",
  { contract, asOfMs }: CheckTask,
): Promise<readonly Verdict[]> {
  const opened = await openTable(session, files, format);
  if (opened.fault !== undefined) return [filesVerdict(opened.fault), ...unevaluated(contract, opened.fault.message)];
  const { table } = opened;
  await refuseBadPatterns(session, contract);
  const columns = checkedColumns(contract?.columns ?? [], table);
  const { statement, rules } = checkStatement(table, columns, contract?.rules ?? [], asOfMs);
  let row: Row;
  try {
    row = (await session.query(statement))[0] ?? {};
  } catch (error) {
    const fault = await scanFault(session, table, error);
    return [filesVerdict(fault), ...unevaluated(contract, fault.message)];
  }
  const rows = numberOf(row[RESULTS.rows]) ?? 0;
  const evidence = evidenceOf(statement, session.engine);
  return [
    {
      name: "files",
      status: "Successful",
      message: `${files.length} of ${files.length} can be read and agree`,
      n: rows,
    },
    rowsVerdict(rows),
    ...(await columnVerdicts(session, table, columns, row, evidence)),
    ...(await ruleVerdicts(session, table, columns, rules, row, { rows, asOfMs, evidence })),
  ];
}

function filesVerdict(fault: { readonly kind: string; readonly message: string }): Verdict {
  const status = fault.kind === "disagree" ? "Failed" : "Error";
  return { name: "files", status, reason: fault.kind, message: fault.message };
}

function rowsVerdict(rows: number): Verdict {
  if (rows > 0) return { name: "rows", status: "Successful", message: `${rows} rows`, observed: rows, n: rows };
  return { name: "rows", status: "Error", reason: "noRows", message: "the data set has no rows", observed: 0, n: 0 };
}

function unevaluated(contract: DataContract | undefined, why: string): readonly Verdict[] {
  return (contract?.rules ?? []).map((rule) => unevaluatedVerdict(rule, why));
}

/** Patterns that ECMA-262 knows and RE2 does not are found here, where RE2 is. */
async function refuseBadPatterns(session: Session, contract: DataContract | undefined): Promise<void> {
  for (const { name, measure } of contract?.rules ?? []) {
    if (measure.kind !== "patternMismatch") continue;
    const parameters = createParameters();
    const sql = `SELECT regexp_matches('', ${parameters.text(measure.pattern)})`;
    try {
      await session.query({ sql, parameters });
    } catch (error) {
      const message = `the pattern of the rule ${name} is not supported: ${readingFault(error)}`;
      throw new SlipwayError("contract.invalid", message, { problems: [{ path: name, message }] }, error);
    }
  }
}

/** Which file could not be read to its end: each is read on its own until one fails in the same way. */
async function scanFault(session: Session, table: Table, error: unknown) {
  if (isMemoryFault(error) || isInterrupt(error)) throw error;
  for (const file of table.files) {
    const parameters = createParameters();
    const sql = `SELECT max(hash(t)) FROM ${table.from(parameters, [file])} AS t`;
    try {
      await session.query({ sql, parameters });
    } catch (fileError) {
      if (isMemoryFault(fileError) || isInterrupt(fileError)) throw fileError;
      return { kind: "unreadable", message: `${file.name} cannot be read: ${readingFault(fileError)}` };
    }
  }
  // Every file can be read, so the statement itself is wrong: that is our fault and not the data's.
  throw error;
}

async function columnVerdicts(
  session: Session,
  table: Table,
  columns: readonly CheckedColumn[],
  row: Row,
  evidence: { readonly [key: string]: Json },
): Promise<readonly Verdict[]> {
  const rows = numberOf(row[RESULTS.rows]) ?? 0;
  const verdicts: Verdict[] = [];
  for (const column of columns) {
    const untyped = numberOf(row[RESULTS.untyped(column)]) ?? 0;
    const notFinite = numberOf(row[RESULTS.notFinite(column)]) ?? 0;
    const verdict = columnVerdict(column, { rows, untyped, notFinite }, evidence);
    const showsRows = untyped > 0 && verdict.evidence !== undefined;
    const sample = showsRows
      ? { evidence: { ...verdict.evidence, rows: await untypedRows(session, table, column) } }
      : {};
    verdicts.push({ ...verdict, ...sample });
  }
  return verdicts;
}

async function ruleVerdicts(
  session: Session,
  table: Table,
  columns: readonly CheckedColumn[],
  rules: readonly CompiledRule[],
  row: Row,
  context: { readonly rows: number; readonly asOfMs: number; readonly evidence: { readonly [key: string]: Json } },
): Promise<readonly Verdict[]> {
  const { rows, asOfMs, evidence } = context;
  const verdicts: Verdict[] = [];
  for (const compiled of rules) {
    if (compiled.fault !== undefined) {
      verdicts.push(unevaluatedVerdict(compiled.rule, compiled.fault));
      continue;
    }
    const { rule, result, expression } = compiled;
    const futureRows = numberOf(row[RESULTS.future(result)]) ?? 0;
    const observation = { result: numberOf(row[result]), rows, asOfMs, futureRows };
    const verdict = ruleVerdict(rule, observation, { ...evidence, expression });
    const broken = verdict.status === "Failed" || verdict.status === "Warning";
    const sample = broken ? await offendingRows(session, table, columns, rule.measure) : [];
    verdicts.push(sample.length === 0 ? verdict : { ...verdict, evidence: { ...verdict.evidence, rows: sample } });
  }
  return verdicts;
}

/** What the counts can be computed again from, beside the snapshot's files. */
function evidenceOf({ sql, parameters }: Statement, engine: string): { readonly [key: string]: Json } {
  // The files are where this machine keeps them; the snapshot's digest stands for what they are.
  const values = [...parameters.bound.values()].filter(({ isFiles }) => !isFiles).map(({ plain }) => plain);
  return { statement: digestOf({ sql, values }), engine };
}

function numberOf(cell: unknown): number | undefined {
  if (typeof cell === "number") return cell;
  return typeof cell === "string" && cell !== "" ? Number(cell) : undefined;
}
