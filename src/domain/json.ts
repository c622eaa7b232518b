/** Any JSON value. Facts in histories, jsonb columns and HTTP bodies are of this shape. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A sha-256 in hexadecimal, prefixed with its algorithm: `sha256:` and 64 digits. */
export type Digest = `sha256:${string}`;

/** Is this an object with keys (not null, not an array)? */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
