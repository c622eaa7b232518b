import { formatDuration } from "../domain/duration.ts";
import type { Json } from "../domain/json.ts";
import type { Verdict } from "../domain/verdict.ts";
import { boundText } from "../spec/contract-quality.ts";
import type { Bound, DataRule } from "../spec/contract.ts";

/** What one rule's part of the statement gave. */
export interface Observation {
  /** A count, or for an age the newest time in milliseconds since 1970; undefined when there is none. */
  readonly result: number | undefined;
  readonly rows: number;
  readonly asOfMs: number;
  /** Rows whose time lies after `asOfMs`. */
  readonly futureRows: number;
}

/** Judges one rule. Without rows a share, and without any time an age, is an error and never a pass. */
export function ruleVerdict(
  rule: DataRule,
  observation: Observation,
  evidence: { readonly [key: string]: Json },
): Verdict {
  const { rows } = observation;
  const observed = observedValue(rule, observation);
  const base = { name: rule.name, n: rows, evidence: { ...evidence, ...boundEvidence(rule) } };
  if (observed === undefined) {
    return {
      ...base,
      status: "Error",
      reason: "noData",
      message: `cannot be computed: there are no values in ${rows} rows`,
    };
  }
  const holds = isWithin(observed, rule.bound);
  const bound = nearestBound(observed, rule.bound);
  const found = { ...base, observed, bound };
  if (rule.measure.kind === "age") return ageVerdict(rule, found, observation, holds);
  const message = `${subject(rule, observed, rows)}; ${boundText(rule.bound, rule.unit)}`;
  return { ...found, status: holds ? "Successful" : rule.severity, message };
}

/** The verdict of a rule that could not be computed. */
export function unevaluatedVerdict(rule: DataRule, why: string): Verdict {
  return { name: rule.name, status: "Error", reason: "notEvaluated", message: `not evaluated: ${why}` };
}

function ageVerdict(
  rule: DataRule,
  found: Omit<Verdict, "status" | "message">,
  { futureRows }: Observation,
  holds: boolean,
): Verdict {
  const limit = "value" in rule.bound ? formatDuration(rule.bound.value) : "";
  const age = formatDuration(found.observed ?? 0);
  const message = `the newest row is ${age} old; at most ${limit}`;
  if (holds && futureRows > 0) {
    const odd = `${futureRows} ${futureRows === 1 ? "row has a time" : "rows have times"} in the future`;
    return { ...found, status: "Warning", reason: "futureTimes", message: `${message}; ${odd}` };
  }
  return { ...found, status: holds ? "Successful" : rule.severity, message };
}

function observedValue(rule: DataRule, { result, rows, asOfMs }: Observation): number | undefined {
  if (result === undefined || !Number.isFinite(result)) return undefined;
  if (rule.measure.kind === "age") return asOfMs - result;
  if (rule.unit === "rows") return result;
  return rows === 0 ? undefined : (100 * result) / rows;
}

/** Does the value keep the bound? Ranges include their ends. */
export function isWithin(value: number, bound: Bound): boolean {
  switch (bound.operator) {
    case "mustBe":
      return value === bound.value;
    case "mustNotBe":
      return value !== bound.value;
    case "mustBeLessThan":
      return value < bound.value;
    case "mustBeLessOrEqualTo":
      return value <= bound.value;
    case "mustBeGreaterThan":
      return value > bound.value;
    case "mustBeGreaterOrEqualTo":
      return value >= bound.value;
    case "mustBeBetween":
      return value >= bound.low && value <= bound.high;
    case "mustNotBeBetween":
      return value < bound.low || value > bound.high;
  }
}

function nearestBound(value: number, bound: Bound): number {
  if ("value" in bound) return bound.value;
  return Math.abs(value - bound.low) <= Math.abs(value - bound.high) ? bound.low : bound.high;
}

function subject(rule: DataRule, observed: number, rows: number): string {
  if (rule.measure.kind === "rowCount") return `${observed} rows`;
  const words = {
    nullValues: "null",
    missingValues: "missing",
    duplicateValues: "duplicate",
    outOfRange: "out of range",
    wrongLength: "of the wrong length",
    patternMismatch: "not of the pattern",
    notAmong: "not among the valid values",
    age: "",
  } as const;
  const count = rule.unit === "percent" ? `${Number(observed.toPrecision(4))} percent` : String(observed);
  return `${count} of ${rows} rows ${words[rule.measure.kind]}`;
}

function boundEvidence({ measure, bound, unit }: DataRule): { readonly [key: string]: Json } {
  return {
    measure: measure.kind,
    operator: bound.operator,
    bound: "value" in bound ? bound.value : [bound.low, bound.high],
    unit,
  };
}
