import { z } from "zod";
import { SlipwayError } from "../domain/errors.ts";
import type { FileEntry, FileManifest } from "../domain/files.ts";
import type { Digest } from "../domain/json.ts";

const Entry = z.strictObject({
  path: z.string().min(1),
  sizeBytes: z.number().int().nonnegative(),
  sha256: z.custom<Digest>(isDigest, "is no sha-256 digest"),
  executable: z.boolean().optional(),
});
const Manifest = z.strictObject({ files: z.array(Entry) });

/** Is this `sha256:` and 64 lower-case hexadecimal digits? */
export function isDigest(text: unknown): text is Digest {
  return typeof text === "string" && /^sha256:[0-9a-f]{64}$/u.test(text);
}

/** The manifest of these files: sorted by path (UTF-16 code units, as RFC 8785 sorts keys), absent flags left out. */
export function manifestOf(files: readonly FileEntry[]): FileManifest {
  return { files: files.toSorted((left, right) => (left.path < right.path ? -1 : 1)) };
}

/**
 * Reads a manifest from verified bytes. Anyone may store any bytes, so the paths are checked too: relative, without
 * empty, `.` or `..` segments, in order, none twice, and no file where another entry needs a folder.
 * @throws {SlipwayError} `artifact.corrupt` when the bytes are no such manifest
 */
export function parseManifest(digest: Digest, content: Uint8Array): FileManifest {
  let parsed;
  try {
    parsed = Manifest.safeParse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content)));
  } catch (cause) {
    throw refusal(digest, "it is no JSON in UTF-8", cause);
  }
  if (!parsed.success) throw refusal(digest, z.prettifyError(parsed.error).replaceAll(/\s+/gu, " "));
  const files: FileEntry[] = [];
  const paths = new Set<string>();
  for (const { executable, ...file } of parsed.data.files) {
    if (!isConfined(file.path)) throw refusal(digest, `the path ${JSON.stringify(file.path)} leaves its folder`);
    if (paths.has(file.path)) throw refusal(digest, `the path ${JSON.stringify(file.path)} is there twice`);
    paths.add(file.path);
    files.push(executable === undefined ? file : { ...file, executable });
  }
  for (const path of paths) {
    const parent = foldersOf(path).find((folder) => paths.has(folder));
    if (parent !== undefined) throw refusal(digest, `${JSON.stringify(parent)} is both a file and a folder`);
  }
  return { files };
}

/** Does this relative path stay below the folder it is joined to? */
function isConfined(path: string): boolean {
  return !path.includes("\0") && path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/** The folders above a path, outermost first: `a` and `a/b` of `a/b/c`. */
export function foldersOf(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

function refusal(digest: Digest, reason: string, cause?: unknown): SlipwayError {
  const message = `The artifact ${digest} is no file manifest: ${reason}. Use the digest that storing a tree returned.`;
  return new SlipwayError("artifact.corrupt", message, { digest }, cause);
}
