import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ArtifactStore } from "../artifacts/store.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { Digest, Json } from "../domain/json.ts";
import type { JobInput } from "../executors/executor.ts";
import type { Environment } from "./contract-environment.ts";
import { pythonEnvironment, withPythonEnvironment } from "./python-environment.ts";
import type { StateFolder } from "./state-folder.ts";

const INPUT_NAME = /^[A-Za-z0-9_][\w.-]*$/u;

/** What preparing needs from the process around it. */
export interface Preparation {
  readonly store: ArtifactStore;
  readonly home: string;
  readonly environment: Environment;
  readonly report: (message: string) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Makes a fresh working directory from the packed pipeline, and its Python environment when there are requirements.
 * @returns the environment for commands that run there
 * @throws {SlipwayError} what the store and pythonEnvironment throw
 */
export async function prepareCode(
  folder: StateFolder,
  { code, pythonRequirements }: { readonly code?: Digest; readonly pythonRequirements?: string },
  preparation: Preparation,
): Promise<Environment> {
  await mkdir(folder.code, { recursive: true });
  if (code !== undefined) {
    await preparation.report("copying the pipeline's files");
    await preparation.store.getTree(code, folder.code);
  }
  if (pythonRequirements === undefined) return preparation.environment;
  const environment = await pythonEnvironment({
    ...preparation,
    requirements: pythonRequirements,
    codeDir: folder.code,
    code,
  });
  return withPythonEnvironment(preparation.environment, environment);
}

/** Copies the inputs from the store and writes the files that tell the script of them and of its parameters. */
export async function prepareInputs(
  folder: StateFolder,
  inputs: readonly JobInput[],
  parameters: { readonly [key: string]: Json },
  preparation: Preparation,
): Promise<void> {
  const places: Record<string, { readonly path: string; readonly digest: Digest }> = {};
  for (const { name, digest } of inputs) {
    preparation.signal.throwIfAborted();
    const path = inputPath(folder, name);
    await preparation.report(`copying the input ${name}`);
    await preparation.store.getTree(digest, path);
    places[name] = { path, digest };
  }
  await writeFile(folder.inputsFile, JSON.stringify(places));
  await writeFile(folder.parametersFile, JSON.stringify(parameters));
  for (const needed of [folder.inputs, folder.output, folder.checkpoints]) await mkdir(needed, { recursive: true });
}

function inputPath(folder: StateFolder, name: string): string {
  if (INPUT_NAME.test(name)) return join(folder.inputs, name);
  const message = `The input name ${JSON.stringify(name)} cannot be a folder's name. Use letters, digits, dots, dashes and underscores.`;
  throw new SlipwayError("input.invalid", message, { name });
}
