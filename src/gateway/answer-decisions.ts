import type { DecisionRule } from "../domain/traffic.ts";
import { readDecisions, type RowDecision } from "./decision.ts";

/** Decisions of an answer as it came; undefined without a rule, without a body, or when they cannot be read. */
export function decisionsOf(
  answer: Buffer | undefined,
  rule: DecisionRule | undefined,
): readonly RowDecision[] | undefined {
  if (rule === undefined || answer === undefined || answer.length === 0) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(answer.toString("utf8"));
  } catch {
    // An answer that is no JSON decides nothing; that is the server's right, and seen in the empty rows.
    return undefined;
  }
  return readDecisions(content, rule);
}
