import type { Digest } from "./json.ts";

/** One file of a tree. Paths are relative, with forward slashes, without `.` or `..` segments. */
export interface FileEntry {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: Digest;
  readonly executable?: boolean;
}

/**
 * A tree of files by content: a packed pipeline, a data snapshot, a checkpoint, a job's output, a model version.
 * Its digest is the sha-256 of its canonical JSON (RFC 8785) with the files sorted by path.
 */
export interface FileManifest {
  readonly files: readonly FileEntry[];
}
