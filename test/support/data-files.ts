import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { createFileStore } from "../../src/artifacts/file-store.ts";
import type { ArtifactStore } from "../../src/artifacts/store.ts";
import { createDatasetReader, type DatasetReaderOptions } from "../../src/datasets/duckdb-reader.ts";
import { checkTable } from "../../src/datasets/check-table.ts";
import { openSession } from "../../src/datasets/duckdb-session.ts";
import { dataFiles } from "../../src/datasets/table-files.ts";
import type { DataReport, Snapshot } from "../../src/domain/data.ts";
import type { DatasetSpec } from "../../src/domain/plan.ts";
import type { Verdict } from "../../src/domain/verdict.ts";
import { matchingPaths } from "../../src/spec/file-patterns.ts";
import { parseContract } from "../../src/spec/parse-contract.ts";
import { problemsError } from "../../src/spec/problem-text.ts";
import type { DatasetReader, Watch } from "../../src/datasets/dataset.ts";

/** A folder with data files, a store and a reader; everything is removed at the end. */
export interface DataWorkplace extends AsyncDisposable {
  readonly dir: string;
  readonly workDir: string;
  readonly store: ArtifactStore;
  readonly reader: DatasetReader;
  readonly write: (path: string, content: string | Uint8Array) => Promise<string>;
  /** Runs `COPY (query) TO path` with a real DuckDB. */
  readonly copy: (query: string, path: string) => Promise<string>;
  /** Packs the folder, pins the data set and checks it: what the data stage does. */
  readonly check: (
    dataset: Partial<DatasetSpec> & Pick<DatasetSpec, "files">,
    options?: { readonly contract?: string; readonly asOfMs?: number } & Watch,
  ) => Promise<DataReport & { readonly pinned: Snapshot }>;
}

export async function createDataWorkplace(limits: Partial<DatasetReaderOptions> = {}): Promise<DataWorkplace> {
  const root = await mkdtemp(join(tmpdir(), "slipway-data-"));
  const dir = join(root, "pipeline");
  const workDir = join(root, "work");
  await mkdir(dir, { recursive: true });
  const store = createFileStore({ root: join(root, "artifacts") });
  const reader = createDatasetReader({ workDir, ...limits });
  const place = async (path: string): Promise<string> => {
    const full = join(dir, path);
    await mkdir(dirname(full), { recursive: true });
    return full;
  };
  return {
    dir,
    workDir,
    store,
    reader,
    write: async (path, content) => {
      const full = await place(path);
      await writeFile(full, content);
      return full;
    },
    copy: async (query, path) => {
      const full = await place(path);
      const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
      const connection = await instance.connect();
      await connection.run(`COPY (${query}) TO '${full.replaceAll("'", "''")}'`);
      connection.closeSync();
      instance.closeSync();
      return full;
    },
    check: async (dataset, { contract, asOfMs = Date.parse("2024-06-01T00:00:00Z"), ...watch } = {}) => {
      if (contract !== undefined) await writeFile(join(dir, "contract.odcs.yaml"), contract);
      const format = dataset.files[0]?.endsWith(".csv") === true ? "csv" : "parquet";
      const spec: DatasetSpec = {
        name: "train",
        format,
        ...(contract === undefined ? {} : { contract: "contract.odcs.yaml" }),
        ...dataset,
      };
      const { digest: code } = await store.putTree(dir);
      const pinned = await reader.pin({ dataset: spec, store, code, ...watch });
      return { ...(await reader.check({ dataset: spec, snapshot: pinned, store, code, asOfMs, ...watch })), pinned };
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

/** A contract of one table `t` with these properties and further keys of the table or the document. */
export function contractText(properties: string, { table = "", document = "" } = {}): string {
  return `apiVersion: v3.1.0
kind: DataContract
id: test
version: 1.0.0
status: active
schema:
  - name: t
${indent(table, 4)}
    properties:
${indent(properties, 6)}
${document}
`;
}

function indent(text: string, spaces: number): string {
  return text
    .trim()
    .split("\n")
    .map((line) => (line === "" ? "" : " ".repeat(spaces) + line))
    .join("\n");
}

/** Checks files of a folder in this process: the same code as the reading process runs, without its start. */
export async function checkHere(
  place: DataWorkplace,
  file: string,
  contract?: string,
  asOfMs = Date.parse("2024-06-01T00:00:00Z"),
): Promise<readonly Verdict[]> {
  const parsed = contract === undefined ? undefined : parseContract(contract, "contract.odcs.yaml");
  if (parsed !== undefined && parsed.contract === undefined) throw problemsError("contract.invalid", parsed.problems);
  const files = (await dataFiles(place.dir)).filter(({ name }) => matchingPaths(file, [name]).length > 0);
  const limits = {
    memoryBytes: 256 * 1024 ** 2,
    spillBytes: 1024 ** 3,
    threads: 1,
    spillDir: join(place.workDir, "spill"),
  };
  using session = await openSession(place.dir, limits);
  const task = parsed?.contract === undefined ? { asOfMs } : { contract: parsed.contract, asOfMs };
  return await checkTable(session, files, file.endsWith(".csv") ? "csv" : "parquet", task);
}
