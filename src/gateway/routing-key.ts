import type { IncomingHttpHeaders } from "node:http";
import { isRecord } from "../domain/json.ts";
import type { RoutingKey } from "../domain/traffic.ts";
import { digestOfBytes } from "../digest.ts";
import { MAX_KEY_LENGTH } from "./capture-record.ts";

/**
 * The key that decides a request's arm: the header or the field of the JSON body that the endpoint names. A field is a
 * dotted path, such as `parameters.person`. Where the request has none, its id.
 *
 * @param body the whole body when it is known
 */
export function routingKeyOf(
  rule: RoutingKey | undefined,
  headers: IncomingHttpHeaders,
  body: Buffer | undefined,
  requestId: string,
): string {
  const found = rule === undefined ? undefined : "header" in rule ? inHeaders(headers, rule) : inBody(body, rule);
  if (found === undefined || found === "") return requestId;
  return found.length <= MAX_KEY_LENGTH ? found : digestOfBytes(found);
}

function inHeaders(headers: IncomingHttpHeaders, rule: { readonly header: string }): string | undefined {
  const value = headers[rule.header.toLowerCase()];
  return typeof value === "string" ? value : value?.join(",");
}

function inBody(body: Buffer | undefined, rule: { readonly bodyField: string }): string | undefined {
  if (body === undefined || body.length === 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    // Not JSON: it has no such field, and what to answer to it is the model server's affair.
    return undefined;
  }
  for (const segment of rule.bodyField.split(".")) value = isRecord(value) ? value[segment] : undefined;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}
