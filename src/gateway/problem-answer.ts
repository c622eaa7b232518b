import type { ServerResponse } from "node:http";
import { REQUEST_ID_HEADER } from "./http-headers.ts";

/** Answers with a problem document (RFC 9457); `code` is for programs, `detail` for people. */
export function answerProblem(
  response: ServerResponse,
  status: number,
  code: string,
  detail: string,
  requestId?: string,
  extra: Readonly<Record<string, unknown>> = {},
): void {
  answerJson(
    response,
    status,
    { title: code, status, code, detail, ...extra },
    {
      "content-type": "application/problem+json",
      ...(requestId === undefined ? {} : { [REQUEST_ID_HEADER]: requestId }),
    },
  );
}

/** Answers with JSON. */
export function answerJson(
  response: ServerResponse,
  status: number,
  content: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = Buffer.from(JSON.stringify(content));
  response
    .writeHead(status, { "content-type": "application/json", ...headers, "content-length": body.length })
    .end(body);
}
