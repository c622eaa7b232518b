import type { Problem } from "../domain/errors.ts";
import { filesOf } from "./check-parts.ts";
import { matchingPaths, nearbyText } from "./file-patterns.ts";
import { problemsAt, type Finding, type Locate } from "./issue-problems.ts";
import type { PackedFile } from "./packed-files.ts";
import type { Spec } from "./spec.ts";

/** Data files of the pipeline's folder that are not among the packed ones. Absolute paths are the workers' matter. */
export function missingDataProblems(spec: Spec, packed: readonly PackedFile[], locate: Locate): readonly Problem[] {
  const paths = packed.map((file) => file.path);
  const findings: Finding[] = [];
  for (const [name, dataset] of Object.entries(spec.data)) {
    for (const [index, pattern] of filesOf(dataset).entries()) {
      if (pattern.startsWith("/") || matchingPaths(pattern, paths).length > 0) continue;
      const path = ["data", name, "files", ...(typeof dataset.files === "string" ? [] : [index])];
      findings.push({ path, message: `${pattern} matches no packed file; ${nearbyText(pattern, paths)}` });
    }
  }
  return problemsAt(findings, locate);
}
