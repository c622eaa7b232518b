import { digestOf } from "../digest.ts";
import type { ArtifactStore } from "../artifacts/store.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { Digest } from "../domain/json.ts";
import type { Database } from "../registry/database.ts";
import { registerPipeline } from "../registry/pipelines.ts";
import { loadPipeline } from "../spec/load-pipeline.ts";
import { problemsError } from "../spec/problem-text.ts";

export interface Registered {
  /** The name to start releases with: the spec's model. */
  readonly pipeline: string;
  readonly revision: number;
  /** False when exactly this content was registered before. */
  readonly created: boolean;
  readonly digest: Digest;
  readonly commit?: string;
  readonly files: number;
  readonly sizeBytes: number;
}

/**
 * Packs a pipeline's folder by content and registers it under its model's name, so that releases need nothing of the
 * caller's machine. The same content is the same revision.
 * @throws {SlipwayError} `spec.invalid` with all problems of the folder; `input.invalid` when there is no such folder
 */
export async function registerFolder(
  { db, store }: { readonly db: Database; readonly store: ArtifactStore },
  dir: string,
  registeredBy: string,
): Promise<Registered> {
  const pipeline = await loadPipeline(dir);
  if (pipeline.problems.length > 0) throw problemsError("spec.invalid", pipeline.problems);
  const { spec, document, commit } = pipeline;
  if (spec === undefined || document === undefined)
    throw new SlipwayError("spec.invalid", `${dir} holds no readable slipway.yaml`);
  const { digest, manifest } = await store.putTree(pipeline.dir, pipeline.include);
  const { revision, created } = await registerPipeline(db, {
    name: spec.model,
    code: digest,
    spec: document,
    specDigest: digestOf(spec),
    ...(commit === undefined ? {} : { commit }),
    registeredBy,
  });
  return {
    pipeline: spec.model,
    revision,
    created,
    digest,
    ...(commit === undefined ? {} : { commit }),
    files: manifest.files.length,
    sizeBytes: manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0),
  };
}
