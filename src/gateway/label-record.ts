import { z } from "zod";

/** One line of a label segment. */
export interface LabelRecord {
  /** Id of the request that the label is about. */
  readonly id: string;
  /** Row of the request's batch, from 0. */
  readonly row: number;
  readonly label: number | string | boolean;
  /** When the truth was established, as the sender says. */
  readonly at?: number | string;
  /** When it reached the gateway, in ms since 1970. */
  readonly receivedAtMs: number;
}

const AT_SHAPE = "must be ISO 8601 with an offset, or ms since 1970";

const Label = z.strictObject({
  id: z.string().min(1).max(200),
  row: z.int().min(0).max(1_000_000).default(0),
  label: z.union([z.number(), z.boolean(), z.string().max(1_000)], {
    error: "must be a number, a boolean or a text of at most 1000 characters",
  }),
  at: z.union([z.number(), z.iso.datetime({ offset: true, error: AT_SHAPE })], { error: AT_SHAPE }).exactOptional(),
});

/** A line of labels that was not taken, and why. */
export interface RefusedLine {
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

/** Reads one line `{id, label, at?, row?}`; a refusal names the field and what is wrong with it. */
export function parseLabelLine(text: string, line: number, receivedAtMs: number): LabelRecord | RefusedLine {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return { line, message: `is not JSON: ${text.slice(0, 80)}` };
  }
  const parsed = Label.safeParse(content);
  if (parsed.success) return { ...parsed.data, receivedAtMs };
  const messages = parsed.error.issues.map((issue) =>
    issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`,
  );
  return { line, message: messages.join("; ") };
}
