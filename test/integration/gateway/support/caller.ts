import { randomUUID } from "node:crypto";
import { Pool } from "undici";
import type { TrafficState } from "../../../../src/domain/traffic.ts";
import type { TrafficStats } from "../../../../src/gateway/traffic-stats.ts";

/** What a caller of the gateway got. */
export interface Answer {
  readonly status: number;
  readonly version: string | undefined;
  readonly requestId: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | AsyncIterable<Uint8Array>;
}

/** Somebody who uses an endpoint, with connections of his own. */
export interface Caller extends AsyncDisposable {
  call(call?: Call): Promise<Answer>;
  /** Asks for one prediction under a routing key (in the header x-person-id). */
  predict(key?: string, probability?: number): Promise<Answer>;
  /** Sends labels as they are written. */
  label(lines: string, path?: string): Promise<Answer>;
}

export function createCaller(url: string, endpoint = "/production/employment"): Caller {
  const pool = new Pool(url, { connections: 64 });
  const send = async (path: string, { method = "GET", headers = {}, body }: Call): Promise<Answer> => {
    const answer = await pool.request({ path, method, headers, body: (body ?? null) as string | null });
    return {
      status: answer.statusCode,
      version: textOf(answer.headers["x-slipway-version"]),
      requestId: textOf(answer.headers["x-request-id"]),
      headers: answer.headers,
      text: await answer.body.text(),
    };
  };
  const predict = (key: string = randomUUID(), probability?: number): Promise<Answer> =>
    send(`${endpoint}/v2/models/employment/infer`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-person-id": key },
      body: JSON.stringify({ inputs: [{ name: "x", shape: [1], datatype: "FP64", data: [probability ?? null] }] }),
    });
  return {
    call: (call = {}) => send(endpoint + (call.path ?? "/"), call),
    predict,
    label: (lines, path = `${endpoint}/v1/labels`) => send(path, { method: "POST", body: lines }),
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(",") : header;
}

/** Runs `total` calls, `width` at a time, and returns their results in order. */
export async function inParallel<Result>(
  total: number,
  width: number,
  call: (index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < total) {
      const index = next;
      next += 1;
      results[index] = await call(index);
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  return results;
}

/** Calls over and over, `width` at a time, until it is stopped; a call that throws is thrown at the stop. */
export function keepCalling(width: number, call: () => Promise<void>): { readonly stop: () => Promise<void> } {
  const load = { isOn: true };
  const work = async (): Promise<void> => {
    while (load.isOn) await call();
  };
  const working = Promise.all(Array.from({ length: width }, work));
  // Heard of at the stop.
  working.catch(() => undefined);
  return {
    async stop() {
      load.isOn = false;
      await working;
    },
  };
}

/** Puts a state in force. */
export async function applyState(adminUrl: string, state: TrafficState): Promise<Response> {
  const path = `${adminUrl}/endpoints/${state.environment}/${state.endpoint}`;
  return fetch(path, { method: "PUT", body: JSON.stringify(state) });
}

export async function readStats(adminUrl: string, rolloutId: string): Promise<TrafficStats> {
  const query = new URLSearchParams({ environment: "production", endpoint: "employment", rolloutId });
  const response = await fetch(`${adminUrl}/stats?${query.toString()}`);
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as TrafficStats;
}
