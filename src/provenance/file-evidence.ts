import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { shortName } from "../digest.ts";
import type { EvidenceFolder } from "./evidence.ts";

/** Evidence in folders below `root`, one a release. */
export function createFileEvidence(root: string): EvidenceFolder {
  return {
    async write(release, name, content) {
      const folder = join(root, folderName(release));
      await mkdir(folder, { recursive: true });
      const path = join(folder, name);
      const partial = `${path}.${process.pid}.tmp`;
      await writeFile(partial, content);
      await rename(partial, path);
      return path;
    },
  };
}

/** A release's id is the caller's: only a harmless one names its folder itself, any other by digest as well. */
export function folderName(release: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,79}$/iu.test(release)) return release;
  const readable = release.replaceAll(/[^a-z0-9._-]+/giu, "-").slice(0, 60);
  return `${readable.replace(/^[.-]+/u, "")}-${shortName([release], 12)}`;
}
