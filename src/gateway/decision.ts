import type { DecisionRule } from "../domain/traffic.ts";
import { isRecord } from "../domain/json.ts";

/** What a model decided on one row of a request, and the output it was read from. */
export interface RowDecision {
  readonly row: number;
  readonly decision: number | string | boolean;
  /** A probability or score, or all of the row's scores; absent when the decision is the value itself. */
  readonly output?: number | readonly number[];
}

/** Rows of one answer that are read; what lies beyond is not captured. */
export const MAX_ROWS = 1_000;

/**
 * Reads the decisions from an answer of the Open Inference Protocol v2
 * (https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol): the output tensor that the rule
 * names, row by row along its first dimension.
 *
 * - `threshold`: 1 when the row's probability reaches the threshold, else 0. A row of two holds the probabilities of
 *   both classes, negative first.
 * - `argmax`: the index of the largest score, the first of equals. A tensor of one dimension is one row.
 * - `value`: the value itself.
 *
 * @returns undefined when the answer has no such output or it does not fit the rule
 */
export function readDecisions(answer: unknown, rule: DecisionRule): readonly RowDecision[] | undefined {
  const tensor = findTensor(answer, rule.output);
  if (tensor === undefined) return undefined;
  const rows = rowsOf(tensor, rule.rule === "argmax");
  if (rows === undefined) return undefined;
  const decisions: RowDecision[] = [];
  for (const [row, values] of rows.entries()) {
    const decision = decide(row, values, rule.rule);
    if (decision === undefined) return undefined;
    decisions.push(decision);
  }
  return decisions;
}

interface Tensor {
  readonly shape: readonly number[];
  readonly values: readonly unknown[];
}

function findTensor(answer: unknown, name: string): Tensor | undefined {
  if (!isRecord(answer) || !Array.isArray(answer["outputs"])) return undefined;
  const output = (answer["outputs"] as readonly unknown[]).find(
    (candidate) => isRecord(candidate) && candidate["name"] === name,
  );
  if (!isRecord(output) || !Array.isArray(output["data"])) return undefined;
  // The protocol allows nested arrays beside the flat one.
  const values = (output["data"] as readonly unknown[]).flat(Infinity);
  const declared = output["shape"];
  const shape = Array.isArray(declared) && declared.every(isCount) ? declared : [values.length];
  const size = shape.reduce((product, length) => product * length, 1);
  return size === values.length && size > 0 ? { shape, values } : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function rowsOf(tensor: Tensor, vectorIsOneRow: boolean): readonly (readonly unknown[])[] | undefined {
  const rowCount = vectorIsOneRow && tensor.shape.length === 1 ? 1 : (tensor.shape[0] ?? 1);
  const width = tensor.values.length / rowCount;
  const rows: (readonly unknown[])[] = [];
  for (let row = 0; row < Math.min(rowCount, MAX_ROWS); row += 1) {
    rows.push(tensor.values.slice(row * width, (row + 1) * width));
  }
  return rows;
}

function decide(row: number, values: readonly unknown[], rule: DecisionRule["rule"]): RowDecision | undefined {
  if (rule === "value") {
    const [value] = values;
    return values.length === 1 && isDecision(value) ? { row, decision: value } : undefined;
  }
  if (!values.every((value) => typeof value === "number")) return undefined;
  if (rule === "argmax") return { row, decision: values.indexOf(Math.max(...values)), output: values };
  const probability = values.at(-1);
  if (probability === undefined || values.length > 2) return undefined;
  return { row, decision: probability >= rule.threshold ? 1 : 0, output: probability };
}

function isDecision(value: unknown): value is number | string | boolean {
  return typeof value === "number" || typeof value === "string" || typeof value === "boolean";
}

/** One text for decisions and labels that mean the same: true is 1, and 1 is "1". */
export function canonicalDecision(value: number | string | boolean): string {
  return typeof value === "boolean" ? String(Number(value)) : String(value);
}

/** Do two answers decide alike, row by row? */
export function decideAlike(one: readonly RowDecision[], other: readonly RowDecision[]): boolean {
  return (
    one.length === other.length &&
    one.every((decision, index) => {
      const counterpart = other[index];
      return (
        counterpart !== undefined && canonicalDecision(decision.decision) === canonicalDecision(counterpart.decision)
      );
    })
  );
}
