import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { AnswerSink } from "./forward.ts";
import { createBodyCopy, MAX_COPIED_BYTES, type BodyCopy } from "./body-copy.ts";
import { headersForCaller } from "./http-headers.ts";

/** Longest answer that is held until it is whole; a longer one, or one of unknown length, is passed on as it comes. */
const MAX_HELD_BYTES = MAX_COPIED_BYTES;

/** The answer of one arm on its way to the caller. */
export interface CallerAnswer extends AnswerSink {
  /** Has the caller been sent anything? If not, another answer can still be given. */
  isCommitted(): boolean;
  readonly copy: BodyCopy;
}

export interface CallerAnswerOptions {
  readonly requestId: string;
  readonly modelVersion: string;
  /** Is there another arm that can answer instead when this one answers 500 or above? */
  readonly canFallBack: boolean;
}

/** Passes an answer on to the caller. A short one is sent only when it is whole, so that a death midway is not seen. */
export function createCallerAnswer(response: ServerResponse, options: CallerAnswerOptions): CallerAnswer {
  const copy = createBodyCopy();
  let held: { readonly status: number; readonly headers: Record<string, string | string[]> } | undefined;
  return {
    copy,
    isCommitted: () => response.headersSent,
    begin(status, answered) {
      if (options.canFallBack && status >= 500) return "refuse";
      const headers = headersForCaller(answered, options.requestId, options.modelVersion);
      if (isShort(answered)) held = { status, headers };
      else response.writeHead(status, headers);
      return "take";
    },
    chunk(bytes) {
      copy.add(bytes);
      return held !== undefined || response.write(bytes);
    },
    end() {
      if (held === undefined) response.end();
      else response.writeHead(held.status, held.headers).end(copy.bytes());
    },
  };
}

function isShort(headers: IncomingHttpHeaders): boolean {
  const length = headers["content-length"];
  return length !== undefined && Number(length) <= MAX_HELD_BYTES;
}
