import { FAILURES, messageOf, SlipwayError, type FailureCode } from "../domain/errors.ts";
import { isRecord } from "../domain/json.ts";

const TIMEOUT_MS = 5_000;

/** An order to the gateway's admin server. */
export interface GatewayOrder {
  readonly method: "GET" | "PUT" | "DELETE";
  /** With the query, beginning with a slash. */
  readonly path: string;
  readonly body?: unknown;
}

/**
 * Gives the gateway an order.
 *
 * @returns the answer's content; undefined when the answer is 404 or has none
 * @throws {SlipwayError} with the gateway's own code, or `backend.unavailable` when it cannot be reached
 */
export async function askGateway(adminUrl: string, order: GatewayOrder): Promise<unknown> {
  const { method, path } = order;
  let response: Response;
  let text: string;
  try {
    response = await fetch(adminUrl + path, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(order.body === undefined
        ? {}
        : { body: JSON.stringify(order.body), headers: { "content-type": "application/json" } }),
    });
    text = await response.text();
  } catch (error) {
    const reason = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    throw new SlipwayError("backend.unavailable", `The gateway at ${adminUrl} does not answer: ${reason}`, {}, error);
  }
  if (response.status === 404) return undefined;
  const content = parseAnswer(text, adminUrl);
  if (response.ok) return content;
  throw refusalOf(content, response.status, adminUrl);
}

function parseAnswer(text: string, adminUrl: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    const start = text.slice(0, 80);
    throw new SlipwayError("backend.unavailable", `What answers at ${adminUrl} is no gateway: ${start}`, {}, error);
  }
}

function refusalOf(content: unknown, status: number, adminUrl: string): SlipwayError {
  const { code, detail, problems } = isRecord(content) ? content : {};
  const message = typeof detail === "string" ? detail : `The gateway at ${adminUrl} answered with status ${status}`;
  const known = typeof code === "string" && code in FAILURES ? (code as FailureCode) : "backend.unavailable";
  return new SlipwayError(known, message, problems === undefined ? {} : { problems });
}
