import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { digestOfBytes } from "../digest.ts";
import type { DataReport, Snapshot } from "../domain/data.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { Verdict, VerdictStatus } from "../domain/verdict.ts";
import type { DataContract } from "../spec/contract.ts";
import { parseContract } from "../spec/parse-contract.ts";
import { present } from "../spec/present.ts";
import { problemsError } from "../spec/problem-text.ts";
import type { CheckTask, ReadingLimits, ReadingRequest } from "./check-message.ts";
import type { CheckRequest, DatasetReader, PinRequest } from "./dataset.ts";
import { pinDataset } from "./pin-dataset.ts";
import { readInProcess } from "./reading-process.ts";

export interface DatasetReaderOptions {
  /** For copies and spilled data; created when needed. What a killed worker left there is removed after a day. */
  readonly workDir: string;
  readonly memoryBytes?: number;
  readonly spillBytes?: number;
  readonly threads?: number;
}

const DEFAULT_MEMORY_BYTES = 1024 ** 3;
const DEFAULT_SPILL_BYTES = 16 * 1024 ** 3;
const DEFAULT_THREADS = 2;
const ABANDONED_AFTER_MS = 86_400_000;

/** Reads data sets with DuckDB, each time in a process of its own. */
export function createDatasetReader(options: DatasetReaderOptions): DatasetReader {
  return {
    pin: (request) => inFolder(options.workDir, (folder) => pin(options, request, folder)),
    check: (request) => inFolder(options.workDir, (folder) => check(options, request, folder)),
  };
}

async function pin(options: DatasetReaderOptions, request: PinRequest, folder: string): Promise<Snapshot> {
  const { dataset, store } = request;
  const copies = join(folder, "copies");
  await mkdir(copies);
  const pinned = await pinDataset({ ...request, workDir: copies });
  const wereCopied = (await readdir(copies)).length > 0;
  const dir = wereCopied ? copies : join(folder, "data");
  if (!wereCopied) await store.getTree(pinned.digest, dir);
  const answer = await readInProcess(
    readingRequest(options, folder, dir, dataset.format, { kind: "countRows" }),
    request,
  );
  return { ...pinned, rows: answer.kind === "counted" ? answer.rows : 0 };
}

async function check(options: DatasetReaderOptions, request: CheckRequest, folder: string): Promise<DataReport> {
  const { dataset, snapshot, store, asOfMs } = request;
  const text = await contractText(request);
  const contract = text === undefined ? undefined : contractOf(text, dataset.contract ?? "");
  const dir = join(folder, "data");
  await store.getTree(snapshot.digest, dir);
  const task = { kind: "check", check: present<CheckTask>({ contract, asOfMs }) } as const;
  const answer = await readInProcess(readingRequest(options, folder, dir, dataset.format, task), request);
  if (answer.kind !== "checked")
    throw new SlipwayError("environment.failed", "the process that reads data gave no report");
  return present<DataReport>({
    dataset: dataset.name,
    snapshot: snapshot.digest,
    contract: text === undefined ? undefined : digestOfBytes(text),
    status: worstOf(answer.verdicts),
    verdicts: answer.verdicts,
    engine: answer.engine,
  });
}

function readingRequest(
  options: DatasetReaderOptions,
  folder: string,
  dir: string,
  format: ReadingRequest["format"],
  task: ReadingRequest["task"],
): ReadingRequest {
  const limits: ReadingLimits = {
    memoryBytes: options.memoryBytes ?? DEFAULT_MEMORY_BYTES,
    spillBytes: options.spillBytes ?? DEFAULT_SPILL_BYTES,
    threads: options.threads ?? DEFAULT_THREADS,
    spillDir: join(folder, "spill"),
  };
  return { dir, format, limits, task };
}

async function contractText({ dataset, store, code }: CheckRequest): Promise<string | undefined> {
  if (dataset.contract === undefined) return undefined;
  const path = dataset.contract.replace(/^(?:\.\/)+/u, "");
  const entry = code === undefined ? undefined : (await store.manifest(code)).files.find((file) => file.path === path);
  if (entry !== undefined) return new TextDecoder().decode(await store.getBlob(entry.sha256));
  const message = `The contract ${dataset.contract} of the data set ${dataset.name} is not among the pipeline's packed files; register the pipeline's folder again.`;
  throw new SlipwayError("data.missing", message, { dataset: dataset.name, contract: dataset.contract });
}

function contractOf(text: string, file: string): DataContract {
  const { contract, problems } = parseContract(text, file);
  if (contract === undefined) throw problemsError("contract.invalid", problems);
  return contract;
}

/** From best to worst. */
const STATUSES: readonly VerdictStatus[] = ["Successful", "Warning", "Inconclusive", "Failed", "Error"];

function worstOf(verdicts: readonly Verdict[]): VerdictStatus {
  const worst = Math.max(...verdicts.map((verdict) => STATUSES.indexOf(verdict.status)));
  return STATUSES[worst] ?? "Error";
}

/** Gives the work a folder of its own and removes it afterwards. */
async function inFolder<Result>(workDir: string, work: (folder: string) => Promise<Result>): Promise<Result> {
  await mkdir(workDir, { recursive: true });
  await removeAbandoned(workDir);
  const folder = await mkdtemp(join(workDir, "read-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function removeAbandoned(workDir: string): Promise<void> {
  for (const name of await readdir(workDir)) {
    const found = await stat(join(workDir, name)).catch(() => undefined);
    const isOld = found !== undefined && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS;
    if (name.startsWith("read-") && isOld) await rm(join(workDir, name), { recursive: true, force: true });
  }
}
