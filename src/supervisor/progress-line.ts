import type { Progress } from "../domain/job.ts";
import { isRecord } from "../domain/json.ts";

const MAX_METRICS = 32;
const MAX_NAME_LENGTH = 100;

/**
 * Reads a line of the progress file, `{"step":12,"total":100,"metrics":{"loss":0.3}}`; undefined when it is none. The bare
 * NaN and Infinity that many JSON writers produce become strings; unknown keys are ignored; at most 32 metrics are kept.
 */
export function parseProgressLine(line: string): Progress | undefined {
  const value = parseLenient(line);
  if (!isRecord(value) || !isCount(value["step"])) return undefined;
  const metrics = isRecord(value["metrics"]) ? metricsOf(value["metrics"]) : undefined;
  return {
    step: value["step"],
    ...(isCount(value["total"]) && { total: value["total"] }),
    ...(metrics && { metrics }),
  };
}

function parseLenient(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return parseQuoted(line.replaceAll(/(?<=[:[,]\s*)(?:NaN|-?Infinity)(?=\s*[\]},])/gu, '"$&"'));
  }
}

function parseQuoted(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Any text may stand in the file: what is no JSON is no progress, and the caller counts it.
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function metricsOf(found: Readonly<Record<string, unknown>>): Readonly<Record<string, number | string>> {
  const metrics: Record<string, number | string> = {};
  for (const [name, value] of Object.entries(found).slice(0, MAX_METRICS)) {
    if (name.length > MAX_NAME_LENGTH || name === "__proto__") continue;
    if (typeof value === "number") metrics[name] = Number.isFinite(value) ? value : String(value);
    else if (typeof value === "string" && value.length <= MAX_NAME_LENGTH) metrics[name] = value;
  }
  return metrics;
}
