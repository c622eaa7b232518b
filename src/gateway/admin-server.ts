import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Logger } from "pino";
import { z } from "zod";
import { FAILURES, messageOf, SlipwayError } from "../domain/errors.ts";
import { nameOf, type Endpoints } from "./endpoints.ts";
import { answerJson, answerProblem } from "./problem-answer.ts";
import type { TrafficMetrics } from "./traffic-metrics.ts";
import { parseTrafficState } from "./traffic-state.ts";
import { readStats } from "./traffic-stats.ts";

const MAX_BODY_BYTES = 1024 * 1024;
const ENDPOINT_PATH = /^\/endpoints\/([^/]+)\/([^/]+)$/u;
/** A page in a browser can reach loopback under a name of its own (DNS rebinding); it cannot choose these. */
const LOOPBACK_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/u;

export interface AdminServerParts {
  readonly endpoints: Endpoints;
  readonly metrics: TrafficMetrics;
  readonly stateDir: string;
  readonly startedAtMs: number;
  readonly log: Logger;
}

/**
 * The server that moves traffic and tells of it. Errors are problem documents with a `code` of domain/errors.ts.
 *
 * - `GET /health` `{status: "ok", pid, startedAtMs, stateDir}`
 * - `GET /metrics` for Prometheus
 * - `GET /endpoints` `{endpoints: TrafficState[]}`
 * - `PUT | GET | DELETE /endpoints/{environment}/{endpoint}` a TrafficState; 409 for an older generation, 422 for a
 *   wrong one, 404 for one that is not there
 * - `GET /stats?environment&endpoint&rolloutId` TrafficStats
 */
export function createAdminServer(parts: AdminServerParts): Server {
  return createServer((incoming, response) => {
    route(parts, incoming, response).catch((error: unknown) => {
      if (error instanceof SlipwayError) {
        const { problems } = error.details;
        const extra = problems === undefined ? {} : { problems };
        answerProblem(response, FAILURES[error.code].http, error.code, error.message, undefined, extra);
        return;
      }
      parts.log.error({ error: messageOf(error), path: incoming.url }, "an order could not be carried out");
      answerProblem(response, 500, "gateway.failed", messageOf(error));
    });
  });
}

async function route(parts: AdminServerParts, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!LOOPBACK_HOST.test(incoming.headers.host ?? "")) {
    answerProblem(response, 403, "gateway.not-loopback", "Address the gateway's orders to 127.0.0.1 or localhost");
    return;
  }
  const url = new URL(incoming.url ?? "/", "http://127.0.0.1");
  const order = `${incoming.method ?? "GET"} ${url.pathname}`;
  if (order === "GET /health") {
    const { startedAtMs, stateDir } = parts;
    answerJson(response, 200, { status: "ok", pid: process.pid, startedAtMs, stateDir });
  } else if (order === "GET /metrics") {
    const { text, contentType } = await parts.metrics.render();
    response.writeHead(200, { "content-type": contentType }).end(text);
  } else if (order === "GET /endpoints") {
    answerJson(response, 200, { endpoints: parts.endpoints.states() });
  } else if (order === "GET /stats") {
    answerJson(response, 200, await readStats(parts.endpoints, parts.stateDir, parseStatsQuery(url)));
  } else {
    await routeEndpoint(parts, incoming, response, url);
  }
}

async function routeEndpoint(
  parts: AdminServerParts,
  incoming: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const [, environment, endpoint] = ENDPOINT_PATH.exec(url.pathname) ?? [];
  if (environment === undefined || endpoint === undefined) {
    answerProblem(response, 404, "gateway.unknown-path", `There is nothing at ${url.pathname}`);
    return;
  }
  const name = nameOf({ environment, endpoint });
  if (incoming.method === "PUT") {
    const state = parseTrafficState(await readJsonBody(incoming));
    if (nameOf(state) !== name) {
      const problems = [{ path: "endpoint", message: `is ${nameOf(state)}, but the path says ${name}` }];
      throw new SlipwayError("input.invalid", `The state is of ${nameOf(state)}, not of ${name}`, { problems });
    }
    await parts.endpoints.apply(state);
    parts.log.info(state, "traffic applied");
    answerJson(response, 200, parts.endpoints.find(name)?.traffic().state ?? state);
  } else if (incoming.method === "DELETE") {
    await parts.endpoints.remove(environment, endpoint);
    parts.log.info({ environment, endpoint }, "endpoint removed");
    response.writeHead(204).end();
  } else if (incoming.method === "GET") {
    const found = parts.endpoints.find(name);
    if (found === undefined) answerProblem(response, 404, "gateway.unknown-endpoint", `There is no endpoint ${name}`);
    else answerJson(response, 200, found.traffic().state);
  } else {
    answerProblem(response, 405, "gateway.unknown-method", "Use PUT, GET or DELETE");
  }
}

const nameInQuery = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/u, { error: "must name one, as in the state" });
const StatsQuery = z.object({ environment: nameInQuery, endpoint: nameInQuery, rolloutId: z.string().min(1).max(500) });

function parseStatsQuery(url: URL): z.infer<typeof StatsQuery> {
  const parsed = StatsQuery.safeParse(Object.fromEntries(url.searchParams));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
  const listed = problems.map(({ path, message }) => `${path}: ${message}`).join("; ");
  throw new SlipwayError("input.invalid", `Bad query: ${listed}`, { problems });
}

async function readJsonBody(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new SlipwayError("input.invalid", `The body is over ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    const message = `is not JSON: ${messageOf(error)}`;
    throw new SlipwayError("input.invalid", `The body ${message}`, { problems: [{ path: "", message }] }, error);
  }
}
