import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBDataChunk } from "@duckdb/node-api";
import { messageOf, SlipwayError } from "../domain/errors.ts";
import type { RowPredictions, SliceColumn } from "../gates/evidence.ts";
import type { ReadingLimits } from "./check-message.ts";
import { openSession, type Session } from "./duckdb-session.ts";
import { columnProblem, columnTypes, selected, sliceColumnProblem, valueProblem } from "./predictions-columns.ts";
import { classText, createEncoder, type Encoder, sliceText } from "./predictions-encoder.ts";
import { isInterrupt, isMemoryFault, readingFault } from "./reading-fault.ts";

export const PREDICTIONS_FILE = "predictions.parquet";
/** A column with more values makes slices of a few rows each. */
const MOST_SLICES = 1_000;

export interface PredictionsRequest {
  /** The folder that the evaluation job wrote. */
  readonly dir: string;
  /** Shared by the models, so that equal classes have equal numbers. */
  readonly classes: Encoder;
  readonly sliceColumns: readonly string[];
  readonly limits: ReadingLimits;
  readonly signal?: AbortSignal;
}

/** The rows of one model's predictions, sorted by id as text. */
export interface PredictionsTable {
  readonly kind: "table";
  readonly ids: readonly string[];
  readonly label: Int32Array;
  readonly predictions: RowPredictions;
  readonly slices: Readonly<Record<string, SliceColumn>>;
  readonly sliceProblems: Readonly<Record<string, string>>;
}

export type ReadPredictions =
  | PredictionsTable
  | { readonly kind: "absent" }
  | { readonly kind: "unusable"; readonly why: string };

/**
 * Reads one model's predictions.parquet: columns id, label, prediction, score (where there), and those asked for.
 * What is wrong with the file is an answer, not an error.
 * @throws {SlipwayError} `environment.failed` when the memory does not suffice; the signal's reason when it was aborted
 */
export async function readPredictions(request: PredictionsRequest): Promise<ReadPredictions> {
  const path = join(request.dir, PREDICTIONS_FILE);
  if (!(await isFile(path))) return { kind: "absent" };
  using session = await openSession(request.dir, request.limits);
  const interrupt = (): void => session.connection.interrupt();
  request.signal?.addEventListener("abort", interrupt, { once: true });
  try {
    return await readTable(session, path, request);
  } catch (error) {
    if (isInterrupt(error)) request.signal?.throwIfAborted();
    if (error instanceof SlipwayError || request.signal?.aborted === true) throw error;
    if (isMemoryFault(error)) {
      const message = `there is not enough memory to read ${PREDICTIONS_FILE}: ${messageOf(error).split("\n")[0]}`;
      throw new SlipwayError("environment.failed", message, {}, error);
    }
    return { kind: "unusable", why: `it cannot be read: ${readingFault(error)}` };
  } finally {
    request.signal?.removeEventListener("abort", interrupt);
  }
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return found?.isFile() ?? false;
}

async function readTable(session: Session, path: string, request: PredictionsRequest): Promise<ReadPredictions> {
  const types = await columnTypes(session, path);
  const why = columnProblem(types) ?? (await valueProblem(session, path, types));
  if (why !== undefined) return { kind: "unusable", why };
  const sliceProblems: Record<string, string> = {};
  const slices: SliceReader[] = [];
  for (const column of request.sliceColumns) {
    const found = sliceColumnProblem(types, column);
    if (found === undefined) slices.push({ column, encoder: createEncoder(MOST_SLICES), codes: [] });
    else sliceProblems[column] = found;
  }
  const hasScore = types.has("score");
  const columns = ["label", "prediction", ...(hasScore ? ["score"] : []), ...slices.map(({ column }) => column)];
  const chosen = columns.map((column) => selected(types, column)).join(", ");
  const sql = `SELECT CAST("id" AS VARCHAR), ${chosen} FROM read_parquet($path) ORDER BY 1`;
  const rows = collector(request.classes, hasScore, slices);
  const result = await session.connection.stream(sql, { path });
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    request.signal?.throwIfAborted();
    rows.add(chunk);
  }
  return rows.finish(sliceProblems);
}

interface SliceReader {
  readonly column: string;
  readonly encoder: Encoder;
  readonly codes: number[];
}

interface Collector {
  readonly add: (chunk: DuckDBDataChunk) => void;
  readonly finish: (sliceProblems: Record<string, string>) => ReadPredictions;
}

function collector(classes: Encoder, hasScore: boolean, slices: readonly SliceReader[]): Collector {
  const ids: string[] = [];
  const label: number[] = [];
  const prediction: number[] = [];
  const score: number[] = [];
  let repeated = 0;
  const add = (chunk: DuckDBDataChunk): void => {
    for (const id of chunk.getColumnValues(0)) {
      if (id === ids.at(-1)) repeated++;
      ids.push(String(id));
    }
    for (const value of chunk.getColumnValues(1)) label.push(classes.encode(classText(value)));
    for (const value of chunk.getColumnValues(2)) prediction.push(classes.encode(classText(value)));
    if (hasScore) for (const value of chunk.getColumnValues(3)) score.push(Number(value));
    slices.forEach(({ encoder, codes }, index) => {
      const values = chunk.getColumnValues((hasScore ? 4 : 3) + index);
      for (const value of values) codes.push(encoder.encode(sliceText(value)));
    });
  };
  const finish = (sliceProblems: Record<string, string>): ReadPredictions => {
    if (repeated > 0) return { kind: "unusable", why: `${repeated} of ${ids.length} rows repeat an id of another row` };
    if (label.includes(-1) || prediction.includes(-1)) {
      const why = `label and prediction have more than ${classes.values.length} different values; report the metrics of a regression in metrics.json`;
      return { kind: "unusable", why };
    }
    const tooMany = slices.filter(({ codes }) => codes.includes(-1)).map(({ column }) => column);
    const kept = slices.filter(({ column }) => !tooMany.includes(column));
    return {
      kind: "table",
      ids,
      label: Int32Array.from(label),
      predictions: { prediction: Int32Array.from(prediction), ...(hasScore && { score: Float64Array.from(score) }) },
      slices: Object.fromEntries(
        kept.map(({ column, encoder, codes }) => [column, { values: encoder.values, codes: Int32Array.from(codes) }]),
      ),
      sliceProblems: {
        ...sliceProblems,
        ...Object.fromEntries(
          tooMany.map((column) => [column, `the column ${column} has more than ${MOST_SLICES} values`]),
        ),
      },
    };
  };
  return { add, finish };
}
