import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Dispatcher, Pool } from "undici";
import { messageOf } from "../domain/errors.ts";

/** A request to a model server. */
export interface OutgoingRequest {
  readonly method: string;
  /** With the query, beginning with a slash. */
  readonly path: string;
  /** Flat: name, value, name, value … */
  readonly headers: string[];
  readonly body: Buffer | Readable | undefined;
}

/** Where an answer goes, piece by piece. */
export interface AnswerSink {
  /** "refuse": the answer is not wanted; the rest of it is thrown away. */
  begin(status: number, headers: IncomingHttpHeaders): "take" | "refuse";
  /** @returns false to be given no more until `resume` is called */
  chunk(bytes: Buffer): boolean;
  end(): void;
}

/** What the owner of a request under way can do to it. */
export interface ForwardControl {
  resume(): void;
  /** The caller is gone: the answer is wanted no more. */
  abandon(): void;
  /** The request's body moves: the server cannot be expected to answer yet. */
  keepWaiting(): void;
}

/** How a request to a model server ended. Latency: from sending it to the end of the answer, in ms. */
export type Forwarded =
  | { readonly kind: "answered" | "refused"; readonly status: number; readonly latencyMs: number }
  | {
      readonly kind: "failed";
      readonly reason: "transport" | "timeout";
      readonly message: string;
      readonly latencyMs: number;
    }
  | { readonly kind: "abandoned"; readonly latencyMs: number };

/**
 * Sends a request and passes the answer to the sink.
 *
 * @param timeoutMs longest silence: until the answer's headers, and then between its pieces
 * @param control is handed what steers the request, before it is sent
 */
export function forward(
  pool: Pool,
  request: OutgoingRequest,
  sink: AnswerSink,
  timeoutMs: number,
  control: (control: ForwardControl) => void,
): Promise<Forwarded> {
  return new Promise((resolve) => {
    const handler = new AnswerHandler(sink, timeoutMs, resolve);
    control(handler);
    const { method, path, headers, body } = request;
    pool.dispatch({ method, path, headers, body: body ?? null }, handler);
  });
}

/** One answer while it comes in: passes it to the sink, watches the silence, and settles once. */
class AnswerHandler implements Dispatcher.DispatchHandler, ForwardControl {
  readonly #sink: AnswerSink;
  readonly #timeoutMs: number;
  readonly #sentAtMs = performance.now();
  #resolve: ((forwarded: Forwarded) => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout;
  #status = 0;

  constructor(sink: AnswerSink, timeoutMs: number, resolve: (forwarded: Forwarded) => void) {
    this.#sink = sink;
    this.#timeoutMs = timeoutMs;
    this.#resolve = resolve;
    this.#timer = this.#watchSilence();
  }

  resume(): void {
    if (this.#controller?.paused !== true) return;
    this.#timer = this.#watchSilence();
    this.#controller.resume();
  }

  abandon(): void {
    this.#stop({ kind: "abandoned", latencyMs: this.#latencyMs() }, "the caller went away");
  }

  keepWaiting(): void {
    this.#timer.refresh();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#resolve === undefined) controller.abort(new Error("the request is wanted no more"));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (this.#resolve === undefined || status < 200) return;
    this.#timer.refresh();
    this.#status = status;
    if (this.#sink.begin(status, headers) === "refuse") {
      this.#settle({ kind: "refused", status, latencyMs: this.#latencyMs() });
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#timer.refresh();
    if (this.#resolve === undefined || this.#sink.chunk(chunk)) return;
    // Now the silence is the caller's, not the server's.
    clearTimeout(this.#timer);
    controller.pause();
  }

  onResponseEnd(): void {
    clearTimeout(this.#timer);
    if (this.#resolve === undefined) return;
    this.#sink.end();
    this.#settle({ kind: "answered", status: this.#status, latencyMs: this.#latencyMs() });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    clearTimeout(this.#timer);
    this.#settle(this.#failed("transport", messageOf(error)));
  }

  #watchSilence(): NodeJS.Timeout {
    return setTimeout(() => {
      const message = `no answer within ${this.#timeoutMs} ms`;
      this.#stop(this.#failed("timeout", message), message);
    }, this.#timeoutMs);
  }

  #failed(reason: "timeout" | "transport", message: string): Forwarded {
    return { kind: "failed", reason, message, latencyMs: this.#latencyMs() };
  }

  #stop(forwarded: Forwarded, reason: string): void {
    this.#settle(forwarded);
    clearTimeout(this.#timer);
    this.#controller?.abort(new Error(reason));
  }

  /** Only the first word counts. */
  #settle(forwarded: Forwarded): void {
    this.#resolve?.(forwarded);
    this.#resolve = undefined;
  }

  #latencyMs(): number {
    return performance.now() - this.#sentAtMs;
  }
}
