import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { messageOf } from "../domain/errors.ts";
import type { ReportedMetrics } from "../gates/evidence.ts";

export const METRICS_FILE = "metrics.json";

const MOST_BYTES = 4 * 1024 ** 2;

/** Whatever a value is, it belongs to its own gates only: what is no number becomes NaN, which never passes. */
const Metrics = z.object({
  metrics: z.record(
    z.string(),
    z.object({
      value: z.unknown().transform((value) => (typeof value === "number" ? value : Number.NaN)),
      n: z.number().int().nonnegative().optional(),
    }),
  ),
});

export type ReadMetrics =
  | { readonly kind: "metrics"; readonly metrics: ReportedMetrics }
  | { readonly kind: "absent" }
  | { readonly kind: "unusable"; readonly why: string };

/** Reads one model's metrics.json: `{"metrics": {name: {"value": x, "n": k}}}`. What is wrong with it is an answer. */
export async function readMetrics(dir: string): Promise<ReadMetrics> {
  const path = join(dir, METRICS_FILE);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found === undefined) return { kind: "absent" };
  if (found.size > MOST_BYTES)
    return { kind: "unusable", why: `it has ${found.size} bytes; at most ${MOST_BYTES} are read` };
  return parseMetrics(await readFile(path, "utf8"));
}

/** The metrics of the file's text. Python writes NaN and Infinity as bare words, which are no JSON. */
export function parseMetrics(text: string): ReadMetrics {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    const hint = /\b(?:NaN|Infinity)\b/u.test(text) ? "; NaN and Infinity cannot be written in JSON" : "";
    return { kind: "unusable", why: `it is not JSON${hint}: ${messageOf(error).slice(0, 200)}` };
  }
  const parsed = Metrics.safeParse(document);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    const where = first?.path.join(".") ?? "";
    return { kind: "unusable", why: `${where === "" ? "it" : where} is not as expected: ${first?.message ?? ""}` };
  }
  const metrics = Object.entries(parsed.data.metrics).map(
    ([name, { value, n }]) => [name, n === undefined ? { value } : { value, n }] as const,
  );
  return { kind: "metrics", metrics: Object.fromEntries(metrics) };
}
