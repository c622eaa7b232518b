import { chmod, cp, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { createFileStore } from "../../../src/artifacts/file-store.ts";
import { createDatasetReader } from "../../../src/datasets/duckdb-reader.ts";
import { loadPipeline } from "../../../src/spec/load-pipeline.ts";
import type { Environment } from "../../../src/supervisor/contract-environment.ts";
import { EXAMPLE, exampleEnvironment, plainEnvironment, prepareExampleData, start, succeeds } from "./python.ts";

const DATA = join(EXAMPLE, "data");

let environment: Environment;
let connection: DuckDBConnection;

beforeAll(async () => {
  environment = await exampleEnvironment();
  await prepareExampleData(environment);
  connection = await (await DuckDBInstance.create()).connect();
});

afterAll(() => connection?.closeSync());

async function rowsOf(sql: string): Promise<readonly (readonly unknown[])[]> {
  return (await connection.runAndReadAll(sql)).getRowsJson();
}

async function columnsOf(name: string): Promise<readonly unknown[]> {
  return (await rowsOf(`describe select * from '${join(DATA, name)}'`)).map(([column]) => column);
}

describe("the example's data sets", () => {
  test("hold a quarter of 2015 out, and no person is in both parts", async () => {
    const [train, holdout] = ["train.parquet", "holdout.parquet"].map((name) => `'${join(DATA, name)}'`);
    const [counts] = await rowsOf(
      `select (select count(*) from ${train}), (select count(*) from ${holdout}),
              (select count(*) from ${train} semi join ${holdout} using (id)),
              (select count(*) from (from ${train} union all from ${holdout}) where year <> 2015)`,
    );
    const [trained, heldOut, shared, otherYears] = (counts ?? []).map(Number);
    expect([(trained ?? 0) + (heldOut ?? 0), shared, otherYears]).toEqual([68_785, 0, 0]);
    expect((heldOut ?? 0) / 68_785).toBeCloseTo(0.25, 2);
  });

  test("hold nothing of the other model's output, and live people come without their label", async () => {
    const columns = await Promise.all(["train.parquet", "holdout.parquet", "live.parquet"].map(columnsOf));
    for (const names of columns) expect(names.join(" ")).not.toContain("predict");
    expect(columns[0]).toEqual(columns[1]);
    expect(columns[2]).toEqual(columns[0]?.filter((name) => name !== "employed"));
  });

  test("have the live years in order, and the people of a year in none", async () => {
    const live = `(select *, row_number() over () as place from '${join(DATA, "live.parquet")}')`;
    const years = await rowsOf(
      `select year, min(place), max(place), corr(place, id) from ${live} group by year order by year`,
    );
    expect(years.map(([year]) => year)).toEqual([2016, 2017, 2018]);
    for (const [index, [, first]] of years.slice(1).entries())
      expect(Number(first)).toBe(Number(years[index]?.[2]) + 1);
    for (const [, , , order] of years) expect(Math.abs(Number(order))).toBeLessThan(0.02);
  });

  test("have live.jsonl ask for the first live people, with the label of each", async () => {
    const [line = ""] = (await readFile(join(DATA, "live.jsonl"), "utf8")).split("\n", 1);
    const request = JSON.parse(line);
    const [row] = await rowsOf(
      `select id, "AGEP", (select employed from '${join(DATA, "live-labels.parquet")}' l where l.id = p.id)
       from read_parquet('${join(DATA, "live.parquet")}', file_row_number = true) p where file_row_number = 0`,
    );
    expect([request.id, request.key]).toEqual([`ma-${String(row?.[0])}`, `ma-${String(row?.[0])}`]);
    expect(request.body.inputs[0]).toEqual({ name: "AGEP", shape: [1], datatype: "INT64", data: [row?.[1]] });
    expect(request.label).toBe(row?.[2]);
  });

  test("are the same bytes whenever they are made again", async () => {
    const folder = await mkdtemp(join(tmpdir(), "slipway-data-"));
    for (const name of (await readdir(EXAMPLE)).filter((file) => file.endsWith(".py")))
      await cp(join(EXAMPLE, name), join(folder, name));
    await mkdir(join(folder, "data"));
    await symlink(join(DATA, "raw"), join(folder, "data", "raw"));
    await succeeds(start(["python", "prepare_data.py", "--requests", "10"], folder, environment));
    for (const name of ["train.parquet", "holdout.parquet", "live.parquet", "live-labels.parquet"]) {
      const [again, before] = await Promise.all([folder, EXAMPLE].map((place) => readFile(join(place, "data", name))));
      expect(again?.equals(before ?? Buffer.of()), `of ${name}`).toBe(true);
    }
    const { lines } = await succeeds(start(["python", "prepare_data.py", "--requests", "10"], folder, environment));
    expect(lines.join()).toContain("up to date");
  });

  test("have a contract that describes each of their columns, and no other", async () => {
    const contract = parse(await readFile(join(EXAMPLE, "contracts", "acs.odcs.yaml"), "utf8"));
    const described = contract.schema[0].properties.map(({ name }: { name: string }) => name);
    expect(described.toSorted()).toEqual((await columnsOf("train.parquet")).map(String).toSorted());
  });
});

describe("the example's pipeline", () => {
  test("packs its scripts and the data that it names, but neither their source nor the live people", async () => {
    const { files, problems } = await loadPipeline(EXAMPLE);
    expect(problems).toEqual([]);
    const packed = files.map(({ path }) => path).filter((path) => path.startsWith("data/"));
    expect(packed).toEqual(["data/holdout.parquet", "data/train.parquet"]);
    expect(files.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["train.py", "evaluate.py", "serve.py", "serve_fast.py", "smoke.json"]),
    );
  });

  test("keeps its contract in both data sets, and would notice a broken one", async () => {
    const folder = await mkdtemp(join(tmpdir(), "slipway-contract-"));
    const broken = join(folder, "broken.parquet");
    await rowsOf(`copy (select * replace (7 as "SEX") from '${join(DATA, "holdout.parquet")}') to '${broken}'`);
    const store = createFileStore({ root: join(folder, "store") });
    const reader = createDatasetReader({ workDir: join(folder, "work") });
    const { include } = await loadPipeline(EXAMPLE);
    const { digest: code } = await store.putTree(EXAMPLE, include);
    const checked = async (file: string) => {
      const dataset = {
        name: "people",
        files: [file],
        format: "parquet",
        contract: "contracts/acs.odcs.yaml",
      } as const;
      const snapshot = await reader.pin({ dataset, store, code });
      const { verdicts } = await reader.check({ dataset, snapshot, store, code, asOfMs: Date.now() });
      expect(verdicts.length).toBeGreaterThan(30);
      return verdicts.filter(({ status }) => status !== "Successful").map(({ name, status }) => `${name}: ${status}`);
    };
    expect(await checked("data/train.parquet")).toEqual([]);
    expect(await checked("data/holdout.parquet")).toEqual([]);
    expect(await checked(broken)).toEqual([expect.stringMatching(/SEX.*Failed/u)]);
  });
});

/** Runs the fetcher into an empty folder, with a `python3` that is this shell script. */
async function fetchWith(script: string) {
  const folder = await mkdtemp(join(tmpdir(), "slipway-fetch-"));
  await writeFile(join(folder, "python3"), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, "python3"), 0o755);
  const command = [process.execPath, resolve("scripts/fetch-employment.mjs")];
  const options = ["--python", join(folder, "python3"), "--into", join(folder, "raw")];
  const ended = await start([...command, ...options], folder, plainEnvironment()).ended;
  return { exitCode: ended.exitCode, said: ended.lines.join("\n"), left: await readdir(join(folder, "raw")) };
}

describe("fetching the census files", () => {
  test("says what to install when pip is missing", async () => {
    const { exitCode, said } = await fetchWith("echo 'No module named pip' >&2; exit 1");
    expect(exitCode).toBe(1);
    expect(said).toContain("apt-get install python3-pip");
  });

  test("repeats what pip said when the download fails", async () => {
    const { exitCode, said } = await fetchWith("echo 'Temporary failure in name resolution' >&2; exit 1");
    expect(exitCode).toBe(1);
    expect(said).toContain("Temporary failure in name resolution");
  });

  test("refuses a file with another digest, and leaves nothing of it", async () => {
    const { exitCode, said, left } = await fetchWith(
      'while [ $# -gt 0 ]; do if [ "$1" = --dest ]; then mkdir -p "$2"; echo other > "$2/nannyml-0.13.1-py3-none-any.whl"; fi; shift; done',
    );
    expect(exitCode).toBe(1);
    expect(said).toContain("expected cf5f4a33");
    expect(left).toEqual([]);
  });
});
