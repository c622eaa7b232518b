import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** Names the request in answer, capture and labels. */
export const REQUEST_ID_HEADER = "x-request-id";
/** Names the model version that answered. */
export const VERSION_HEADER = "x-slipway-version";

/** Headers of one connection only (RFC 9110, section 7.6.1); a proxy must not pass them on. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** What the gateway says itself: to whom it speaks, that it takes plain answers (it reads them), and the request's id. */
const OWN_TO_SERVER: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  "host",
  "expect",
  "accept-encoding",
  "content-length",
  REQUEST_ID_HEADER,
]);
const OWN_TO_CALLER: ReadonlySet<string> = new Set([...HOP_BY_HOP, REQUEST_ID_HEADER, VERSION_HEADER]);

const SAFE_ID = /^[\w.:+/=@-]{1,128}$/u;

/** The caller's request id when it is short and of safe characters, else a new one. */
export function requestIdOf(header: string | readonly string[] | undefined): string {
  return typeof header === "string" && SAFE_ID.test(header) ? header : randomUUID();
}

/**
 * The headers to hand a model server, as a flat list of names and values; without the body's length, which is for
 * whoever sends the body to say.
 *
 * @param rawHeaders as they came, in the same shape
 */
export function headersForServer(
  rawHeaders: readonly string[],
  incoming: IncomingHttpHeaders,
  requestId: string,
): string[] {
  const named = connectionOptions(incoming.connection);
  const headers = [REQUEST_ID_HEADER, requestId];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const lower = name.toLowerCase();
    if (OWN_TO_SERVER.has(lower) || named?.includes(lower) === true) continue;
    headers.push(name, rawHeaders[index + 1] ?? "");
  }
  return headers;
}

/** The headers to answer the caller with. */
export function headersForCaller(
  answered: IncomingHttpHeaders,
  requestId: string,
  modelVersion: string,
): Record<string, string | string[]> {
  const named = connectionOptions(answered.connection);
  const headers: Record<string, string | string[]> = {};
  for (const name in answered) {
    const value = answered[name];
    if (value === undefined || OWN_TO_CALLER.has(name) || named?.includes(name) === true) continue;
    headers[name] = value;
  }
  headers[REQUEST_ID_HEADER] = requestId;
  headers[VERSION_HEADER] = modelVersion;
  return headers;
}

/** Further headers that a `connection` header declares to be of this connection only. */
function connectionOptions(connection: string | readonly string[] | undefined): readonly string[] | undefined {
  if (connection === undefined || connection === "keep-alive" || connection === "close") return undefined;
  const text = typeof connection === "string" ? connection : connection.join(",");
  return text.split(",").map((option) => option.trim().toLowerCase());
}
