import type { Digest } from "../domain/json.ts";
import type { FileManifest } from "../domain/files.ts";

/**
 * Content-addressed files and trees. What is in the store never changes; putting the same content twice is one object.
 * Everything is verified on read: a digest that does not match is `artifact.corrupt`, an absent one `artifact.missing`.
 */
export interface ArtifactStore {
  /** Stores every file below `dir` (streaming) and the manifest. Symbolic links are refused. `include` sees relative paths. */
  putTree(
    dir: string,
    include?: (path: string) => boolean,
  ): Promise<{ readonly digest: Digest; readonly manifest: FileManifest }>;
  /** The manifest of a stored tree. */
  manifest(digest: Digest): Promise<FileManifest>;
  /** Writes the tree into `dir` (created), as private copies. An existing equal file is left, a different one replaced. */
  getTree(digest: Digest, dir: string): Promise<void>;
  /**
   * Stores small content (a report, a plan) and returns its digest. The canonical JSON of a manifest whose files are all
   * in the store is such content, and makes a tree of them.
   */
  putBlob(content: Uint8Array): Promise<Digest>;
  getBlob(digest: Digest): Promise<Uint8Array>;
  has(digest: Digest): Promise<boolean>;
}
