import type { DatasetDocument } from "./data-schema.ts";
import type { Finding } from "./issue-problems.ts";
import type { SpecParts } from "./spec.ts";

/** Files whose format or place is unclear. */
export function dataFindings({ data = {} }: SpecParts): readonly Finding[] {
  return Object.entries(data).flatMap(([name, dataset]) => {
    const path = ["data", name, "files"];
    const patterns = filesOf(dataset);
    const absolute = patterns.filter((pattern) => pattern.startsWith("/")).length;
    const findings: Finding[] = [];
    if (absolute > 0 && absolute < patterns.length) {
      findings.push({ path, message: "must be all within the pipeline's folder or all absolute, not both" });
    }
    if (formatOf(dataset) === undefined) {
      findings.push({ path, message: "does not tell its format; end the names in .parquet or .csv, or give format" });
    }
    return findings;
  });
}

/** The patterns as a list. */
export function filesOf(dataset: Pick<DatasetDocument, "files">): readonly string[] {
  return typeof dataset.files === "string" ? [dataset.files] : dataset.files;
}

/** The format as given, or as all names end in; undefined when neither tells. */
export function formatOf(dataset: Pick<DatasetDocument, "files" | "format">): "parquet" | "csv" | undefined {
  if (dataset.format !== undefined) return dataset.format;
  const formats = new Set(filesOf(dataset).map(formatOfName));
  return formats.size === 1 ? [...formats][0] : undefined;
}

function formatOfName(name: string): "parquet" | "csv" | undefined {
  if (/\.(?:parquet|pq)$/iu.test(name)) return "parquet";
  return /\.csv$/iu.test(name) ? "csv" : undefined;
}

/** A smoke request without exactly one body. */
export function servingFindings({ serve }: SpecParts): readonly Finding[] {
  if (serve?.smoke === undefined) return [];
  const { body, bodyFile } = serve.smoke;
  if ((body === undefined) !== (bodyFile === undefined)) return [];
  return [{ path: ["serve", "smoke"], message: "must have body or bodyFile, and not both" }];
}
