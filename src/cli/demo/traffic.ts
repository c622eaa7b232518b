import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { isRecord } from "../../domain/json.ts";

/** How a replay goes. */
export interface TrafficOptions {
  readonly gatewayUrl: string;
  readonly environment: string;
  readonly endpoint: string;
  /** Path of the inference request behind the endpoint. */
  readonly path: string;
  /** Header that carries the routing key. */
  readonly keyHeader: string;
  /** JSON lines {id, key, body, label}. */
  readonly file: string;
  readonly requestsPerSecond: number;
  /** How long after its request a label is known. */
  readonly labelDelayMs: number;
}

/** What was sent so far. */
export interface TrafficCounts {
  readonly requests: number;
  /** Answered with 200. */
  readonly answered: number;
  readonly failed: number;
  readonly labels: number;
  readonly refusedLabels: number;
}

export interface Traffic {
  /** Lets the requests under way finish, sends the labels that are left and says what was sent in all. */
  readonly stop: () => Promise<TrafficCounts>;
}

interface Line {
  readonly id: string;
  readonly key: string;
  readonly body: unknown;
  readonly label: unknown;
}

/** More requests than this are never under way: a slow service is not buried, the rate falls instead. */
const MOST_UNDER_WAY = 32;
const LABEL_INTERVAL_MS = 500;
const REQUEST_TIMEOUT_MS = 5_000;

/** Replays held-out rows as live traffic at a steady rate, and sends each row's label when it "becomes known". */
export function startTraffic(options: TrafficOptions): Traffic {
  const stopping = new AbortController();
  const counts = { requests: 0, answered: 0, failed: 0, labels: 0, refusedLabels: 0 };
  const dueLabels: { readonly dueAtMs: number; readonly line: string }[] = [];
  const underWay = new Set<Promise<void>>();
  const send = async (line: Line): Promise<void> => {
    counts.requests += 1;
    const isAnswered = await infer(options, line);
    counts[isAnswered ? "answered" : "failed"] += 1;
    if (!isAnswered) return;
    const at = Date.now();
    dueLabels.push({
      dueAtMs: at + options.labelDelayMs,
      line: JSON.stringify({ id: line.id, label: line.label, at }),
    });
  };
  const sendLabels = async (isLast: boolean): Promise<void> => {
    const now = Date.now();
    const due = dueLabels.filter(({ dueAtMs }) => isLast || dueAtMs <= now).length;
    if (due === 0) return;
    const taken = await postLabels(
      options,
      dueLabels.slice(0, due).map(({ line }) => line),
    );
    if (taken === undefined) return;
    dueLabels.splice(0, due);
    counts.labels += taken.accepted;
    counts.refusedLabels += taken.refused;
  };
  const replay = replayLines(options, stopping.signal, underWay, send);
  const labelling = labelLoop(stopping.signal, sendLabels);
  return {
    stop: async () => {
      stopping.abort();
      await replay;
      await Promise.all(underWay);
      await labelling;
      await sendLabels(true);
      return { ...counts };
    },
  };
}

async function replayLines(
  { file, requestsPerSecond }: TrafficOptions,
  stopping: AbortSignal,
  underWay: Set<Promise<void>>,
  send: (line: Line) => Promise<void>,
): Promise<void> {
  const beganAt = performance.now();
  let sent = 0;
  for await (const line of endlessLines(file)) {
    const waitMs = beganAt + (sent * 1_000) / requestsPerSecond - performance.now();
    if (waitMs > 0) await delay(waitMs, undefined, { signal: stopping }).catch(ignoreAbort);
    if (underWay.size >= MOST_UNDER_WAY) await Promise.race(underWay);
    if (stopping.aborted) return;
    sent += 1;
    const request: Promise<void> = send(line).finally(() => underWay.delete(request));
    underWay.add(request);
  }
}

// The file's lines over and over; from the second time on, ids and keys say which round it is.
async function* endlessLines(file: string): AsyncGenerator<Line> {
  for (let round = 1; ; round += 1)
    for await (const text of createInterface({ input: createReadStream(file) })) {
      const line = JSON.parse(text) as Line;
      yield round === 1 ? line : { ...line, id: `${line.id}~${round}`, key: `${line.key}~${round}` };
    }
}

async function labelLoop(stopping: AbortSignal, sendLabels: (isLast: boolean) => Promise<void>): Promise<void> {
  while (!stopping.aborted) {
    await delay(LABEL_INTERVAL_MS, undefined, { signal: stopping }).catch(ignoreAbort);
    await sendLabels(false);
  }
}

/** Was the request answered with 200? A gateway that is away is a failed request, not the end of the replay. */
async function infer(options: TrafficOptions, { id, key, body }: Line): Promise<boolean> {
  const { gatewayUrl, environment, endpoint, path, keyHeader } = options;
  try {
    const answer = await fetch(`${gatewayUrl}/${environment}/${endpoint}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-request-id": id, [keyHeader]: key },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false;
  }
}

/** How many labels were taken; undefined when the gateway did not answer, and they are to be sent again. */
async function postLabels(
  { gatewayUrl, environment, endpoint }: TrafficOptions,
  lines: readonly string[],
): Promise<{ readonly accepted: number; readonly refused: number } | undefined> {
  try {
    const answer = await fetch(`${gatewayUrl}/${environment}/${endpoint}/v1/labels`, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body: `${lines.join("\n")}\n`,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const content: unknown = await answer.json();
    // Anything else is trouble of the gateway, such as a full disk: the labels are sent again.
    if (!isRecord(content) || typeof content["accepted"] !== "number") return undefined;
    const { accepted } = content;
    return { accepted, refused: lines.length - accepted };
  } catch {
    return undefined;
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== "AbortError") throw error;
}
