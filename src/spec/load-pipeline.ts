import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SlipwayError, type Problem } from "../domain/errors.ts";
import type { Json } from "../domain/json.ts";
import { missingDataProblems } from "./check-files.ts";
import { parseSpec } from "./check-spec.ts";
import { gitCommit } from "./git-commit.ts";
import { readNamedFiles } from "./named-files.ts";
import { DEFAULT_MAX_BYTES, packedFiles, type PackedFile } from "./packed-files.ts";
import { present } from "./present.ts";
import type { Spec } from "./spec.ts";
import { readYaml } from "./yaml-document.ts";

/** Name of the file that describes a pipeline. */
export const SPEC_FILE = "slipway.yaml";

/** A pipeline's folder, read and checked; `spec` is there when slipway.yaml itself has no problems. */
export interface Pipeline {
  readonly dir: string;
  readonly spec?: Spec;
  /** slipway.yaml as JSON, as written. */
  readonly document?: { readonly [key: string]: Json };
  /** All problems: of slipway.yaml, of the files it names, and of what stands against packing the folder. */
  readonly problems: readonly Problem[];
  readonly requirementsText?: string;
  readonly smokeBody?: Json;
  readonly commit?: string;
  /** The files that are packed, sorted by path. */
  readonly files: readonly PackedFile[];
  readonly sizeBytes: number;
  /** Is this file (by relative path) packed? */
  readonly include: (path: string) => boolean;
}

/**
 * Reads a pipeline's folder. Nothing is written or run except git, which is asked for the commit.
 * @throws {SlipwayError} `input.invalid` when there is no such folder or no slipway.yaml in it
 */
export async function loadPipeline(
  dir: string,
  { maxBytes = DEFAULT_MAX_BYTES }: { readonly maxBytes?: number } = {},
): Promise<Pipeline> {
  const folder = resolve(dir);
  const text = await specText(folder);
  const packed = await packedFiles(folder, maxBytes);
  const paths = new Set(packed.files.map((file) => file.path));
  const { spec, document, problems } = parseSpec(text, SPEC_FILE);
  const { locate } = readYaml(text, SPEC_FILE);
  const read = async (path: string): Promise<string | undefined> =>
    paths.has(path) ? readFile(join(folder, path), "utf8") : undefined;
  const named = spec === undefined ? undefined : await readNamedFiles(spec, read, locate);
  const missing = spec === undefined ? [] : missingDataProblems(spec, packed.files, locate);
  return present<Pipeline>({
    dir: folder,
    spec,
    document,
    problems: [...problems, ...(named?.problems ?? []), ...missing, ...packed.problems],
    requirementsText: named?.requirementsText,
    smokeBody: named?.smokeBody,
    commit: await gitCommit(folder),
    files: packed.files,
    sizeBytes: packed.files.reduce((sum, file) => sum + file.sizeBytes, 0),
    include: (path) => paths.has(path),
  });
}

async function specText(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) {
    throw new SlipwayError("input.invalid", `There is no folder ${folder}. Give the folder that holds ${SPEC_FILE}.`);
  }
  try {
    return await readFile(join(folder, SPEC_FILE), "utf8");
  } catch (error) {
    const message = `There is no ${SPEC_FILE} in ${folder}. Write one, or make a starter with slipway init.`;
    throw new SlipwayError("input.invalid", message, { folder }, error);
  }
}
