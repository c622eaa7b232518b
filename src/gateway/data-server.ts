import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Logger } from "pino";
import { messageOf } from "../domain/errors.ts";
import type { Endpoints } from "./endpoints.ts";
import { receive } from "./exchange.ts";
import type { LabelIntake } from "./label-intake.ts";
import { answerProblem } from "./problem-answer.ts";
import { recordRequest } from "./record-request.ts";
import { serveRequest } from "./serve-request.ts";
import { UNSCOPED } from "./state-layout.ts";

const LABELS_PATH = "/v1/labels";
/** Above that of common proxies and clients, so that it is the caller who closes an idle connection. */
const KEEP_ALIVE_MS = 65_000;

export interface DataServerParts {
  readonly endpoints: Endpoints;
  readonly labels: LabelIntake;
  readonly log: Logger;
}

/**
 * The server that callers speak to: `/{environment}/{endpoint}/…` goes to a model server, `POST /v1/labels` and
 * `POST /{environment}/{endpoint}/v1/labels` take labels.
 */
export function createDataServer(parts: DataServerParts): Server {
  return createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (incoming, response) => {
    route(parts, incoming, response).catch((error: unknown) => {
      // The caller went away while sending: there is nobody to tell, and nothing has gone wrong here.
      if (incoming.destroyed && !incoming.complete) return;
      parts.log.error({ error: messageOf(error), path: incoming.url }, "a request could not be served");
      if (response.headersSent) response.destroy();
      else answerProblem(response, 500, "gateway.failed", "The gateway failed on this request; its log says why");
    });
  });
}

async function route(parts: DataServerParts, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = incoming.url ?? "";
  if (incoming.method === "POST" && url === LABELS_PATH) {
    await parts.labels.take(incoming, response, UNSCOPED, UNSCOPED);
    return;
  }
  const { name, rest } = splitPath(url);
  const endpoint = parts.endpoints.find(name);
  if (endpoint === undefined) {
    answerProblem(response, 404, "gateway.unknown-endpoint", `There is no endpoint ${name.slice(0, 130)}`);
    return;
  }
  if (incoming.method === "POST" && rest === LABELS_PATH) {
    const { environment, endpoint: endpointName } = endpoint.traffic().state;
    await parts.labels.take(incoming, response, environment, endpointName);
    return;
  }
  const exchange = await receive(incoming, response, rest);
  if (exchange === undefined) return;
  const served = await serveRequest(endpoint, exchange);
  if (served !== undefined) await recordRequest(endpoint, exchange, served);
}

/** `/environment/endpoint/rest?query` as `environment/endpoint` and `/rest?query`. */
function splitPath(url: string): { readonly name: string; readonly rest: string } {
  const endOfEnvironment = url.indexOf("/", 1);
  if (endOfEnvironment === -1) return { name: url.slice(1), rest: "/" };
  const endOfEndpoint = url.indexOf("/", endOfEnvironment + 1);
  if (endOfEndpoint !== -1) return { name: url.slice(1, endOfEndpoint), rest: url.slice(endOfEndpoint) };
  const query = url.indexOf("?", endOfEnvironment);
  return query === -1 ? { name: url.slice(1), rest: "/" } : { name: url.slice(1, query), rest: `/${url.slice(query)}` };
}
