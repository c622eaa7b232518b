import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFileStore } from "../../src/artifacts/file-store.ts";
import { createEvaluationReader, readEvaluation } from "../../src/datasets/predictions.ts";
import type { EvaluationEvidence } from "../../src/gates/evidence.ts";

let root: string;
let database: DuckDBInstance;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "slipway-predictions-"));
  database = await DuckDBInstance.create(":memory:");
});

afterAll(async () => {
  database.closeSync();
  await rm(root, { recursive: true, force: true });
});

/** A folder as an evaluation job would leave it. */
async function written(files: { readonly predictions?: string; readonly metrics?: string }): Promise<string> {
  const dir = await mkdtemp(join(root, "output-"));
  if (files.predictions !== undefined) {
    const connection = await database.connect();
    await connection.run(`COPY (${files.predictions}) TO '${join(dir, "predictions.parquet")}' (FORMAT parquet)`);
    connection.closeSync();
  }
  if (files.metrics !== undefined) await writeFile(join(dir, "metrics.json"), files.metrics);
  return dir;
}

function read(
  candidateDir: string,
  championDir?: string,
  sliceColumns: readonly string[] = [],
): Promise<EvaluationEvidence> {
  const folders = { candidateDir, sliceColumns, spillDir: join(root, "spilled") };
  return readEvaluation(championDir === undefined ? folders : { ...folders, championDir });
}

const GOOD =
  "SELECT i AS id, i % 2 AS label, (i % 3 = 0)::INT AS prediction, i / 10.0::DOUBLE AS score, i % 4 AS AGE FROM range(8) t(i)";

describe("reading what evaluations wrote", () => {
  test("pairs the rows of both models by id, whatever order the files have", async () => {
    const candidate = await written({ predictions: `${GOOD} ORDER BY i DESC` });
    const champion = await written({ predictions: GOOD.replace("i % 3 = 0", "i % 2 = 1") });
    const { rows, ...rest } = await read(candidate, champion);
    expect(rest).toEqual({
      baseline: true,
      sliceProblems: {},
      candidateMetrics: {},
      championMetrics: {},
      metricsProblems: {},
    });
    const text = (codes: Int32Array | undefined) => Array.from(codes ?? [], (code) => rows?.classes[code]);
    expect(text(rows?.label)).toEqual(["0", "1", "0", "1", "0", "1", "0", "1"]);
    expect(text(rows?.candidate.prediction)).toEqual(["1", "0", "0", "1", "0", "0", "1", "0"]);
    expect(text(rows?.champion?.prediction)).toEqual(text(rows?.label));
    expect(Array.from(rows?.candidate.score ?? [])).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
  });

  test("takes 1, 1.0, true and '1' for the same class", async () => {
    for (const type of ["BIGINT", "DOUBLE", "BOOLEAN", "DECIMAL(4,2)", "VARCHAR"]) {
      const mixed = `SELECT id, label::${type === "VARCHAR" ? "INT::VARCHAR" : type} AS label, label AS prediction FROM (${GOOD})`;
      const { rows } = await read(await written({ predictions: mixed }));
      expect(rows?.classes.toSorted()).toEqual(["0", "1"]);
      expect(rows?.candidate.prediction).toEqual(rows?.label);
    }
  });

  test("reads the slices that were asked for, and says which are not there", async () => {
    const predictions =
      "SELECT i AS id, 1 AS label, 1 AS prediction, CASE WHEN i < 3 THEN 'a' END AS region, [i] AS list, i AS serial FROM range(2000) t(i)";
    const evidence = await read(await written({ predictions }), undefined, ["region", "AGE", "list", "serial"]);
    expect(evidence.rows?.slices["region"]?.values).toEqual(["a", "null"]);
    expect(Object.keys(evidence.rows?.slices ?? {})).toEqual(["region"]);
    expect(evidence.sliceProblems["AGE"]).toMatch(/no column AGE .* further columns are region, list, serial/u);
    expect(evidence.sliceProblems["list"]).toMatch(/holds BIGINT\[\]/u);
    expect(evidence.sliceProblems["serial"]).toMatch(/more than 1000 values/u);
  });

  test.each([
    [
      "a missing column",
      "SELECT id, label FROM (GOOD)",
      /candidate's predictions\.parquet: it has no column prediction/u,
    ],
    ["no rows", "SELECT * FROM (GOOD) WHERE false", /it has no rows/u],
    ["ids that repeat", "SELECT id % 6 AS id, label, prediction FROM (GOOD)", /2 of 8 rows repeat an id/u],
    ["empty labels", "SELECT id, NULLIF(label, 1) AS label, prediction FROM (GOOD)", /label is empty in 4 of 8 rows/u],
    ["empty ids", "SELECT NULLIF(id, 1) AS id, label, prediction FROM (GOOD)", /id is empty in 1 of 8 rows/u],
    [
      "predictions that are NaN",
      "SELECT id, label, 'nan'::DOUBLE AS prediction FROM (GOOD)",
      /prediction is NaN or infinite in 8/u,
    ],
    [
      "scores that are NaN",
      "SELECT id, label, prediction, 'nan'::FLOAT AS score FROM (GOOD)",
      /score is NaN or infinite in 8/u,
    ],
    [
      "scores that are infinite",
      "SELECT id, label, prediction, 'inf'::FLOAT AS score FROM (GOOD)",
      /score is NaN or infinite in 8/u,
    ],
    [
      "scores as text",
      "SELECT id, label, prediction, 'high' AS score FROM (GOOD)",
      /score must hold numbers.*VARCHAR/u,
    ],
    [
      "scores per class",
      "SELECT id, label, prediction, [score] AS score FROM (GOOD)",
      /score must hold numbers.*DOUBLE\[\]/u,
    ],
    ["lists as labels", "SELECT id, [label] AS label, prediction FROM (GOOD)", /label must hold plain values/u],
    [
      "a regression",
      "SELECT i AS id, i + .5 AS label, i AS prediction FROM range(20000) t(i)",
      /more than 10000 different values; .*metrics\.json/u,
    ],
  ])("says what is wrong with %s", async (_, sql, expected) => {
    const { rows, rowsProblem } = await read(await written({ predictions: sql.replace("GOOD", GOOD) }));
    expect(rows).toBeUndefined();
    expect(rowsProblem).toMatch(expected);
  });

  test("says that a file is no Parquet, without the folder's path", async () => {
    const dir = await written({});
    await writeFile(join(dir, "predictions.parquet"), "id,label,prediction\n1,1,1\n");
    const { rowsProblem } = await read(dir);
    expect(rowsProblem).toMatch(/candidate's predictions\.parquet: it cannot be read: .*magic bytes/u);
    expect(rowsProblem).not.toContain(root);
  });

  test.each([
    [
      "other ids",
      "SELECT id + 2 AS id, label, prediction FROM (GOOD)",
      /2 only in the candidate's, 2 only in the champion's/u,
    ],
    ["fewer rows", "SELECT * FROM (GOOD) WHERE id < 5", /3 only in the candidate's, 0 only in the champion's/u],
    ["other labels", "SELECT id, 1 - label AS label, prediction FROM (GOOD)", /label .* differs in 8 of 8 rows/u],
    [
      "a fault of its own",
      "SELECT id, prediction FROM (GOOD)",
      /champion's predictions\.parquet: it has no column label/u,
    ],
  ])("does not pair a champion with %s, but keeps the candidate's rows", async (_, sql, expected) => {
    const champion = await written({ predictions: sql.replace("GOOD", GOOD) });
    const evidence = await read(await written({ predictions: GOOD }), champion);
    expect(evidence.pairingProblem).toMatch(expected);
    expect(evidence.rows?.rows).toBe(8);
    expect(evidence.rows?.champion).toBeUndefined();
  });

  test("does not pair with a champion that wrote only metrics", async () => {
    const evidence = await read(await written({ predictions: GOOD }), await written({ metrics: `{"metrics": {}}` }));
    expect(evidence.pairingProblem).toBe("the champion's evaluation wrote no predictions.parquet");
  });

  test("reads metrics.json; a value that is no number is NaN and leaves the others usable", async () => {
    const metrics = `{"metrics": {"f1": {"value": 0.5, "n": 10}, "odd": {"value": "high"}, "none": {"value": null}}, "more": 1}`;
    const { candidateMetrics, rows } = await read(await written({ metrics }));
    expect(candidateMetrics).toEqual({
      f1: { value: 0.5, n: 10 },
      odd: { value: Number.NaN },
      none: { value: Number.NaN },
    });
    expect(rows).toBeUndefined();
  });

  test.each([
    [
      "NaN as a word",
      `{"metrics": {"f1": {"value": NaN}}}`,
      /metrics\.json: it is not JSON; NaN and Infinity cannot be written/u,
    ],
    ["half a file", `{"metrics": {"f1"`, /it is not JSON: /u],
    ["another shape", `{"f1": 0.5}`, /metrics is not as expected/u],
    ["a bare number", `3`, /it is not as expected/u],
    ["a negative n", `{"metrics": {"f1": {"value": 1, "n": -1}}}`, /metrics\.f1\.n is not as expected/u],
  ])("says what is wrong with a metrics.json with %s", async (_, metrics, expected) => {
    expect((await read(await written({ metrics }))).metricsProblems.candidate).toMatch(expected);
  });

  test("refuses a metrics.json of many megabytes", async () => {
    const metrics = `{"metrics": {}, "padding": "${"x".repeat(5 * 1024 ** 2)}"}`;
    expect((await read(await written({ metrics }))).metricsProblems.candidate).toMatch(
      /bytes; at most 4194304 are read/u,
    );
  });

  test("says when an evaluation wrote nothing", async () => {
    const evidence = await read(await written({}), await written({ metrics: `{"metrics": {}}` }));
    expect(evidence.metricsProblems).toEqual({
      candidate: "the candidate's evaluation wrote neither predictions.parquet nor metrics.json",
    });
  });

  test("reads 200,000 rows of both models", async () => {
    const many =
      "SELECT 'person-' || i AS id, i % 2 AS label, (i % 7 < 3)::INT AS prediction, random() AS score, i % 5 AS AGE FROM range(200000) t(i)";
    const evidence = await read(await written({ predictions: many }), await written({ predictions: many }), ["AGE"]);
    expect(evidence.pairingProblem).toBeUndefined();
    expect(evidence.rows?.champion?.prediction.length).toBe(200_000);
    expect(evidence.rows?.slices["AGE"]?.values.toSorted()).toEqual(["0", "1", "2", "3", "4"]);
  });

  test("reads output trees from the artifact store and leaves no file behind", async () => {
    const store = createFileStore({ root: join(root, "artifacts") });
    const workDir = join(root, "work");
    const candidate = await store.putTree(
      await written({ predictions: GOOD, metrics: `{"metrics": {"f1": {"value": 1}}}` }),
    );
    const reader = createEvaluationReader({ store, workDir });
    const evidence = await reader({ candidate: candidate.digest, sliceColumns: [] });
    expect(evidence).toMatchObject({ baseline: false, candidateMetrics: { f1: { value: 1 } }, rows: { rows: 8 } });
    const both = await reader({ candidate: candidate.digest, champion: candidate.digest, sliceColumns: [] });
    expect(both).toMatchObject({ baseline: true, rows: { rows: 8, champion: {} } });
    expect(await readdir(workDir)).toEqual([]);
  });

  test("ends with the signal's reason when it is aborted", async () => {
    const stop = new AbortController();
    stop.abort(new Error("the release was cancelled"));
    const candidateDir = await written({ predictions: GOOD });
    const reading = readEvaluation({
      candidateDir,
      sliceColumns: [],
      spillDir: join(root, "spilled"),
      signal: stop.signal,
    });
    await expect(reading).rejects.toThrow("the release was cancelled");
  });
});
