import type { Verdict } from "../domain/verdict.ts";

/** One of the normal answers of a measurement: it cannot be made, and why. Ends in `Error`. */
export interface Problem {
  readonly kind: "problem";
  /** A short machine word, such as `missingMetric`. */
  readonly reason: string;
  readonly message: string;
}

/** What a condition found, before it is given its gate's name. */
export type Finding = Omit<Verdict, "name">;

export function problem(reason: string, message: string): Problem {
  return { kind: "problem", reason, message };
}

/** A problem as a finding: never a pass. */
export function errorFinding({ reason, message }: Problem): Finding {
  return { status: "Error", reason, message };
}
