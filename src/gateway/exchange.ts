import type { IncomingMessage, ServerResponse } from "node:http";
import { forward, type AnswerSink, type Forwarded, type ForwardControl } from "./forward.ts";
import { headersForServer, requestIdOf, REQUEST_ID_HEADER } from "./http-headers.ts";
import type { LiveArm } from "./endpoint.ts";
import { takeBody, type RequestBody, type WholeBody } from "./request-body.ts";

/** One request of a caller, wholly or partly received. */
export interface Exchange {
  readonly requestId: string;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: RequestBody;
  readonly receivedAtMs: number;
  /** Sends the request to an arm on behalf of the caller: it waits while the caller is slow, and ends when he goes. */
  send(arm: LiveArm, body: RequestBody, sink: AnswerSink, timeoutMs: number): Promise<Forwarded>;
  /** Sends a copy of the request that the caller knows nothing of. */
  sendCopy(arm: LiveArm, body: WholeBody, sink: AnswerSink, timeoutMs: number): Promise<Forwarded>;
}

/**
 * Receives a request as far as it must be known before it is assigned.
 *
 * @param path what comes after environment and endpoint, with the query, beginning with a slash
 * @returns undefined when the caller went away meanwhile
 */
export async function receive(
  incoming: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<Exchange | undefined> {
  const receivedAtMs = Date.now();
  const requestId = requestIdOf(incoming.headers[REQUEST_ID_HEADER]);
  let control: ForwardControl | undefined;
  let isGone = false;
  response.on("close", () => {
    isGone = !response.writableFinished;
    if (isGone) control?.abandon();
  });
  response.on("drain", () => control?.resume());
  let body: RequestBody;
  try {
    body = await takeBody(incoming);
  } catch {
    // The caller is gone and nothing has been sent anywhere: there is nobody to tell.
    return undefined;
  }
  const outgoing = (arm: LiveArm, sent: RequestBody) => ({
    method: incoming.method ?? "GET",
    path: arm.basePath + path,
    headers: headersFor(incoming, requestId, sent),
    body: sent.kind === "whole" ? sent.bytes : sent.stream,
  });
  return {
    requestId,
    incoming,
    response,
    body,
    receivedAtMs,
    send: (arm, sent, sink, timeoutMs) =>
      forward(arm.pool, outgoing(arm, sent), sink, timeoutMs, (steering) => {
        control = steering;
        if (sent.kind === "streamed") sent.onProgress = () => steering.keepWaiting();
        if (isGone) steering.abandon();
      }),
    sendCopy: (arm, sent, sink, timeoutMs) => forward(arm.pool, outgoing(arm, sent), sink, timeoutMs, () => undefined),
  };
}

function headersFor(incoming: IncomingMessage, requestId: string, body: RequestBody): string[] {
  const headers = headersForServer(incoming.rawHeaders, incoming.headers, requestId);
  if (body.kind === "streamed" && body.lengthBytes !== undefined) {
    headers.push("content-length", String(body.lengthBytes));
  }
  return headers;
}
