import { once } from "node:events";
import { type Agent, request } from "node:http";
import type { Environment } from "../../../src/supervisor/contract-environment.ts";
import { EXAMPLE, start, type Running } from "./python.ts";

/** A model server of the example on a free port. */
export interface ModelServer {
  readonly running: Running;
  readonly url: string;
}

/** Starts serve.py or serve_fast.py over a training's output; settles when it listens. */
export async function serve(script: string, modelFolder: string, environment: Environment): Promise<ModelServer> {
  const variables = { SLIPWAY_MODEL_DIR: modelFolder, SLIPWAY_PORT: "0", SLIPWAY_MODEL_VERSION: "1.0.0" };
  const running = start(["python", script], EXAMPLE, { ...environment, ...variables });
  const line = await running.line((text) => text.includes("http://127.0.0.1:"));
  return { running, url: line.slice(line.indexOf("http://")) };
}

export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- the tests look into it
  readonly body: any;
  /** Did the request go over a connection that had answered before? */
  readonly reused: boolean;
}

/** One request to the model; text is sent as it is. */
export async function ask(url: string, body: unknown, agent?: Agent, headers: Environment = {}): Promise<Answer> {
  const sent = request(url, { method: body === undefined ? "GET" : "POST", agent, headers });
  if (body === undefined) sent.end();
  else sent.end(typeof body === "string" ? body : JSON.stringify(body));
  const [response] = await once(sent, "response");
  let text = "";
  for await (const part of response) text += String(part);
  return { status: response.statusCode, body: JSON.parse(text), reused: sent.reusedSocket };
}
