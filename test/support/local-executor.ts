import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createFileStore } from "../../src/artifacts/file-store.ts";
import type { ArtifactStore } from "../../src/artifacts/store.ts";
import type { Digest } from "../../src/domain/json.ts";
import { createLocalExecutor } from "../../src/executors/local/local-executor.ts";
import type { JobHandle } from "../../src/executors/executor.ts";
import { createLocalServerRunner } from "../../src/serving/local-server.ts";
import type { ServerHandle } from "../../src/serving/server.ts";
import { fenceOf, jobsFolder, type AttemptRecord } from "../../src/supervisor/attempt-record.ts";
import { readJson } from "../../src/supervisor/json-file.ts";
import { fenceOfServer, serversFolder, type ServerRecord } from "../../src/supervisor/server-record.ts";
import { removeStateFolder } from "../../src/supervisor/state-folder-change.ts";
import { stateFolder, type StateFolder } from "../../src/supervisor/state-folder.ts";
import type { ExecutorUnderTest } from "../conformance/executor.ts";
import type { ServerRunnerUnderTest } from "../conformance/server-runner.ts";

export interface LocalExecutorUnderTest extends ExecutorUnderTest {
  readonly home: string;
  readonly folderOf: (handle: JobHandle) => StateFolder;
}

export interface LocalServerRunnerUnderTest extends ServerRunnerUnderTest {
  readonly home: string;
  readonly folderOf: (handle: ServerHandle) => StateFolder;
}

/** A local executor in a folder of its own, which is removed with everything that still runs there. */
export async function localExecutorUnderTest(
  slots: { readonly cpuSlots?: number; readonly gpuSlots?: number; readonly home?: string } = {},
): Promise<LocalExecutorUnderTest> {
  const home = slots.home ?? (await mkdtemp(join(tmpdir(), "slipway-executor-")));
  const store = createFileStore({ root: join(home, "artifacts") });
  const { cpuSlots = 8, gpuSlots = 0 } = slots;
  return {
    home,
    executor: createLocalExecutor({ home, store, cpuSlots, gpuSlots }),
    folderOf: (handle) => stateFolder(join(jobsFolder(home), handle.name)),
    putTree: (files) => putTree(store, files),
    dispose: () => dispose(home),
  };
}

/** A local server runner in a folder of its own, which is removed with everything that still runs there. */
export async function localServerRunnerUnderTest(): Promise<LocalServerRunnerUnderTest> {
  const home = await mkdtemp(join(tmpdir(), "slipway-servers-"));
  const store = createFileStore({ root: join(home, "artifacts") });
  return {
    home,
    runner: createLocalServerRunner({ home, store }),
    folderOf: (handle) => stateFolder(join(serversFolder(home), handle.name)),
    putTree: (files) => putTree(store, files),
    dispose: () => dispose(home),
  };
}

async function putTree(store: ArtifactStore, files: Readonly<Record<string, string>>): Promise<Digest> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-tree-"));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const { digest } = await store.putTree(folder);
  await rm(folder, { recursive: true });
  return digest;
}

async function dispose(home: string): Promise<void> {
  for (const parent of [jobsFolder(home), serversFolder(home)]) {
    await mkdir(parent, { recursive: true });
    for (const name of await readdir(parent)) {
      const path = join(parent, name);
      const record = await readJson<AttemptRecord | ServerRecord>(stateFolder(path).record);
      if (record) await removeStateFolder(path, record.kind === "job" ? fenceOf(record) : fenceOfServer(record));
    }
  }
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
}
