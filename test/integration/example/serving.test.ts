import { once } from "node:events";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Agent } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Environment } from "../../../src/supervisor/contract-environment.ts";
import { ask, serve, type ModelServer } from "./model-server.ts";
import { EXAMPLE, exampleEnvironment, prepareExampleData, start, succeeds } from "./python.ts";
import { SHORT, train, trainingPlace, type TrainingPlace } from "./training.ts";

const INFER = "/v2/models/employment/infer";
const FEATURES = [
  "AGEP",
  "SCHL",
  "MAR",
  "RELP",
  "DIS",
  "ESP",
  "CIT",
  "MIG",
  "MIL",
  "ANC",
  "NATIVITY",
  "DEAR",
  "DEYE",
  "DREM",
  "SEX",
  "RAC1P",
];

interface LiveRequest {
  readonly id: string;
  readonly body: { readonly inputs: readonly { readonly name: string; readonly data: readonly number[] }[] };
  readonly label: 0 | 1;
}

let environment: Environment;
let place: TrainingPlace;
let right: ModelServer;
let faulty: ModelServer;
let live: readonly LiveRequest[];

beforeAll(async () => {
  environment = await exampleEnvironment();
  await prepareExampleData(environment);
  place = await trainingPlace(SHORT);
  await succeeds(await train(place, environment));
  right = await serve("serve.py", place.output, environment);
  faulty = await serve("serve_fast.py", place.output, environment);
  live = await liveRequests(2_000);
});

afterAll(async () => {
  for (const server of [right, faulty]) server?.running.child.kill("SIGTERM");
  for (const server of [right, faulty]) await server?.running.ended;
});

async function liveRequests(count: number): Promise<readonly LiveRequest[]> {
  const found: LiveRequest[] = [];
  for await (const line of createInterface({ input: createReadStream(join(EXAMPLE, "data", "live.jsonl")) })) {
    found.push(JSON.parse(line));
    if (found.length === count) break;
  }
  return found;
}

describe("the example's model server", () => {
  test("speaks Open Inference Protocol v2: health, metadata, inference", async () => {
    for (const path of ["/v2/health/live", "/v2/health/ready", "/v2/models/employment/ready", "/v2"]) {
      expect((await ask(right.url + path, undefined)).status, `at ${path}`).toBe(200);
    }
    const { body: metadata } = await ask(`${right.url}/v2/models/employment`, undefined);
    expect(metadata).toMatchObject({ name: "employment", versions: ["1.0.0"] });
    expect(metadata.inputs.map(({ name }: { name: string }) => name)).toEqual(FEATURES);
    const smoke = JSON.parse(await readFile(join(EXAMPLE, "smoke.json"), "utf8"));
    const { status, body } = await ask(right.url + INFER, smoke);
    expect(status).toBe(200);
    expect(body).toEqual({
      id: "smoke",
      model_name: "employment",
      model_version: "1.0.0",
      outputs: [
        { name: "probability", datatype: "FP64", shape: [1], data: [expect.closeTo(0.9, 1)] },
        { name: "label", datatype: "INT64", shape: [1], data: [1] },
      ],
    });
  });

  test("answers several people at once as it answers each alone, by either path", async () => {
    const people = live.slice(0, 5);
    const inputs = FEATURES.map((name, index) => ({
      name,
      shape: [people.length],
      datatype: "INT64",
      data: people.map(({ body }) => body.inputs[index]?.data[0]),
    }));
    const { body } = await ask(`${right.url}/v2/models/employment/versions/1.0.0/infer`, { inputs });
    const alone = await Promise.all(people.map((one) => ask(right.url + INFER, one.body)));
    expect(body.outputs[0].data).toEqual(alone.map((one) => one.body.outputs[0].data[0]));
  });

  test("keeps a connection, refusals included, and reads a body of unknown length", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await ask(right.url + INFER, live[0]?.body, agent);
    await ask(right.url + INFER, "{", agent);
    const { status, reused } = await ask(right.url + INFER, live[1]?.body, agent, { "transfer-encoding": "chunked" });
    expect({ status, reused }).toEqual({ status: 200, reused: true });
    agent.destroy();
  });

  test.each([
    ["what is not JSON", "{", 400, "JSON"],
    ["a request without tensors", {}, 400, "inputs"],
    ["a missing tensor", { inputs: [{ name: "AGEP", data: [3] }] }, 400, "SCHL"],
    ["a fraction", { inputs: FEATURES.map((name) => ({ name, data: [0.5] })) }, 400, "whole numbers"],
    [
      "tensors of different length",
      { inputs: FEATURES.map((name) => ({ name, data: name === "SEX" ? [1, 2] : [1] })) },
      400,
      "SEX",
    ],
  ])("refuses %s and says why", async (_, body, expected, said) => {
    const answer = await ask(right.url + INFER, body);
    expect(answer.status).toBe(expected);
    expect(answer.body.error).toContain(said);
  });

  test("knows no other model", async () => {
    expect((await ask(`${right.url}/v2/models/other/infer`, {})).status).toBe(404);
  });

  test("takes a code that is in no code book, and ages beyond all bands", async () => {
    const body = { inputs: FEATURES.map((name) => ({ name, data: [name === "AGEP" ? 130 : 99] })) };
    expect((await ask(right.url + INFER, body)).body.outputs[0].shape).toEqual([1]);
  });

  test("finishes the request under way at SIGTERM, then ends with 0", async () => {
    const { running, url } = await serve("serve.py", place.output, environment);
    onTestFinished(() => void running.child.kill("SIGKILL"));
    const body = JSON.stringify(live[0]?.body);
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.write(`POST ${INFER} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`);
    expect(String((await once(socket, "data"))[0])).toContain("100 Continue");
    running.child.kill("SIGTERM");
    socket.write(body);
    expect(String((await once(socket, "data"))[0])).toContain("200 OK");
    expect((await running.ended).exitCode).toBe(0);
    socket.destroy();
  });
});

describe("the example's evaluation", () => {
  test("scores the held-out people as the server does, with sex, race and age to slice by", async () => {
    const folder = join(place.output, "..", "evaluation");
    const holdout = join(EXAMPLE, "data", "holdout.parquet");
    const variables = { ...place.variables, SLIPWAY_OUTPUT_DIR: folder, SLIPWAY_INPUTS_FILE: `${folder}.json` };
    const inputs = JSON.stringify({ model: { path: place.output }, data: { path: holdout } });
    await succeeds(start(["sh", "-c", 'printf %s "$0" > "$SLIPWAY_INPUTS_FILE"', inputs], EXAMPLE, variables));
    await succeeds(start(["python", "evaluate.py"], EXAMPLE, { ...environment, ...variables }));
    const connection = await (await DuckDBInstance.create()).connect();
    const rows = await connection.runAndReadAll(
      `select p.*, ${FEATURES.map((name) => `h."${name}" as "in_${name}"`).join(", ")}
       from '${join(folder, "predictions.parquet")}' p join '${holdout}' h using (id) order by id limit 40`,
    );
    for (const row of rows.getRowObjectsJson()) {
      const asked = { inputs: FEATURES.map((name) => ({ name, data: [Number(row[`in_${name}`])] })) };
      const { body } = await ask(right.url + INFER, asked);
      expect(body.outputs[0].data[0]).toBeCloseTo(Number(row["score"]), 9);
      expect(body.outputs[1].data[0]).toBe(Number(row["prediction"]));
      expect(["Male", "Female"]).toContain(row["SEX"]);
      expect(row["RAC1P"]).not.toMatch(/\d/u);
      expect(row["AGE"]).toMatch(/^\d+-\d+$|^70\+$/u);
    }
    const { metrics } = JSON.parse(await readFile(join(folder, "metrics.json"), "utf8"));
    const share = await connection.runAndReadAll(
      `select avg((label = prediction)::int) as accuracy, count(*) as n from '${join(folder, "predictions.parquet")}'`,
    );
    expect(metrics.accuracy).toEqual({
      value: expect.closeTo(Number(share.getRows()[0]?.[0]), 9),
      n: Number(share.getRows()[0]?.[1]),
    });
    connection.closeSync();
  });
});

describe("the faulty server", () => {
  test("is wrong at least twice as often on live people, and only for those born in the country", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const mistakes = { right: 0, faulty: 0, differAmongOthers: 0 };
    for (const { body, label } of live) {
      const [good, bad] = await Promise.all([right, faulty].map(({ url }) => ask(url + INFER, body, agent)));
      mistakes.right += Number(good?.body.outputs[1].data[0] !== label);
      mistakes.faulty += Number(bad?.body.outputs[1].data[0] !== label);
      const born = body.inputs.find(({ name }) => name === "NATIVITY")?.data[0];
      if (born !== 1)
        mistakes.differAmongOthers += Number(good?.body.outputs[0].data[0] !== bad?.body.outputs[0].data[0]);
    }
    agent.destroy();
    expect(mistakes.differAmongOthers).toBe(0);
    expect(
      mistakes.faulty / mistakes.right,
      `of ${mistakes.right} and ${mistakes.faulty} mistakes`,
    ).toBeGreaterThanOrEqual(2);
  });
});
