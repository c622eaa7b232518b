import { DatabaseError } from "pg";
import { SlipwayError, messageOf } from "../domain/errors.ts";
import { isRecord } from "../domain/json.ts";

/** The system's codes for a connection that is not there (any more). */
const NO_CONNECTION: readonly string[] = [
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
];

/** What node-postgres says of such a connection; it gives these no code. */
const CONNECTION_LOST =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error)/u;

/**
 * SQLSTATEs that pass by themselves (PostgreSQL manual, appendix A): connection exceptions, insufficient resources,
 * serialization failures and deadlocks, lock and statement time-outs, a server that starts or stops.
 */
const PASSES = /^(?:08|53|40001|40P01|55P03|57014|57P0|25P03)/u;
const LOST = "connection lost";
const LOGIN = /^(?:28|3D)/u;
const FOREIGN_KEY = "23503";

/**
 * What went wrong in the registry, in our words: never the values that were sent, which the library's own error holds.
 * An error that is not the database's is returned as it is.
 */
export function registryError(thrown: unknown): unknown {
  if (thrown instanceof SlipwayError) return thrown;
  const found = databaseErrorIn(thrown);
  if (found === undefined) return thrown;
  const { code, error } = found;
  const said = `${messageOf(error)} (${code})`;
  if (code === LOST || NO_CONNECTION.includes(code) || PASSES.test(code)) {
    return new SlipwayError("backend.unavailable", `The registry does not answer now: ${said}. Try again.`, {}, error);
  }
  if (LOGIN.test(code)) {
    const message = `The registry refuses the login: ${said}. Check SLIPWAY_DATABASE_URL.`;
    return new SlipwayError("environment.failed", message, {}, error);
  }
  if (code === FOREIGN_KEY && constraintOf(error).includes("_releases_")) {
    const message = "The registry does not know this release: it must be opened before anything is recorded of it.";
    return new SlipwayError("release.not-found", message, { constraint: constraintOf(error) }, error);
  }
  return new SlipwayError("environment.failed", `The registry refused a statement: ${said}.`, {}, error);
}

/** The error of the database itself, beneath the library's wrapping. */
function databaseErrorIn(thrown: unknown): { readonly code: string; readonly error: unknown } | undefined {
  for (let error = thrown; isRecord(error); error = error["cause"]) {
    const { code } = error;
    if (CONNECTION_LOST.test(messageOf(error))) return { code: LOST, error };
    if (typeof code !== "string") continue;
    if (error instanceof DatabaseError || NO_CONNECTION.includes(code)) return { code, error };
  }
  return undefined;
}

function constraintOf(error: unknown): string {
  return error instanceof DatabaseError ? (error.constraint ?? "") : "";
}
