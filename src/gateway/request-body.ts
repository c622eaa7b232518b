import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

/** Longest request body that is kept, so that it can be sent again (fallback, mirror) or searched for a routing key. */
export const MAX_KEPT_BODY_BYTES = 1024 * 1024;

/** A body read to its end; undefined when the request has none. */
export interface WholeBody {
  readonly kind: "whole";
  readonly bytes: Buffer | undefined;
}

/** A request's body on its way to the model servers. */
export type RequestBody =
  | WholeBody
  /** Passed on as it comes. */
  | {
      readonly kind: "streamed";
      readonly stream: Readable;
      /** Absent when it comes in chunks. */
      readonly lengthBytes?: number;
      /** Its bytes once it has come to its end, when they are few enough to be kept; undefined when they are not. */
      readonly kept: () => Promise<Buffer | undefined>;
      /** Called at every piece that comes in. */
      onProgress: () => void;
    };

/**
 * Takes a request's body. One of a known, small length is read first; any other is passed on as it comes, with a copy
 * kept as long as it is small.
 *
 * @throws the connection's error when the caller goes away meanwhile
 */
export async function takeBody(incoming: IncomingMessage): Promise<RequestBody> {
  const declared = incoming.headers["content-length"];
  const isChunked = incoming.headers["transfer-encoding"] !== undefined;
  if (declared === undefined && !isChunked) return { kind: "whole", bytes: undefined };
  if (declared !== undefined && Number(declared) <= MAX_KEPT_BODY_BYTES) {
    return { kind: "whole", bytes: await readWhole(incoming) };
  }
  return streamed(incoming, declared === undefined ? undefined : Number(declared));
}

/** The body to send once more, when it has come to its end; undefined when it is too long to have been kept. */
export async function keptBody(body: RequestBody): Promise<WholeBody | undefined> {
  if (body.kind === "whole") return body;
  const bytes = await body.kept();
  return bytes === undefined ? undefined : { kind: "whole", bytes };
}

function readWhole(incoming: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    );
    incoming.on("error", reject);
    incoming.on("close", () => {
      if (!incoming.complete) reject(new Error("the caller went away before the request's end"));
    });
  });
}

function streamed(incoming: IncomingMessage, lengthBytes: number | undefined): RequestBody {
  let chunks: Buffer[] | undefined = [];
  let keptBytes = 0;
  let isEager = false;
  let settleKept: ((bytes: Buffer | undefined) => void) | undefined;
  const kept = new Promise<Buffer | undefined>((resolve) => {
    settleKept = resolve;
  });
  const stream = new Readable({ read: () => incoming.resume() });
  const body = {
    kind: "streamed" as const,
    stream,
    ...(lengthBytes === undefined ? {} : { lengthBytes }),
    kept: () => {
      isEager = chunks !== undefined;
      incoming.resume();
      return kept;
    },
    onProgress: () => undefined as void,
  };
  const keep = (chunk: Buffer): void => {
    keptBytes += chunk.length;
    if (keptBytes <= MAX_KEPT_BODY_BYTES) chunks?.push(chunk);
    else {
      chunks = undefined;
      isEager = false;
      settleKept?.(undefined);
    }
  };
  incoming.on("data", (chunk: Buffer) => {
    body.onProgress();
    keep(chunk);
    const hasRoom = stream.destroyed || stream.push(chunk);
    if (!hasRoom && !isEager) incoming.pause();
  });
  incoming.on("end", () => {
    if (!stream.destroyed) stream.push(null);
    settleKept?.(chunks === undefined ? undefined : Buffer.concat(chunks));
  });
  incoming.on("close", () => {
    if (incoming.complete) return;
    settleKept?.(undefined);
    stream.destroy(new Error("the caller went away before the request's end"));
  });
  incoming.on("error", () => settleKept?.(undefined));
  incoming.pause();
  // Whoever sends the stream hears of its errors; one that nobody has begun to send must not end the process.
  stream.on("error", () => undefined);
  return body;
}
