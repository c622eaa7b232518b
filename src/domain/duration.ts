const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const SHAPE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/u;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/gu;

/** Milliseconds of a duration such as `90s`, `1h30m` or `250ms`; undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (!SHAPE.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(PART)) totalMs += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return Math.round(totalMs);
}

/** The shortest usual form of a span, for people: `850 ms`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(spanMs: number): string {
  if (spanMs < 1_000) return `${Math.round(spanMs)} ms`;
  const seconds = Math.round(spanMs / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return joined(Math.floor(seconds / 60), "min", seconds % 60, "s");
  if (seconds < 86_400) return joined(Math.floor(seconds / 3_600), "h", Math.floor((seconds % 3_600) / 60), "min");
  return joined(Math.floor(seconds / 86_400), "d", Math.floor((seconds % 86_400) / 3_600), "h");
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
