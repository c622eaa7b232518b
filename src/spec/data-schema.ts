import { z } from "zod";
import { closed, notYet } from "./closed-object.ts";
import { FilePattern, Name, PackedPath } from "./fields.ts";

const Format = z
  .enum(["parquet", "csv"], {
    error: (issue) =>
      ["json", "jsonl", "ndjson"].includes(String(issue.input))
        ? notYet(`the format ${String(issue.input)}`, "convert the files to parquet or csv")
        : undefined,
  })
  .describe("How the files are read; by default what their names end in.");

const Dataset = closed(
  {
    files: z
      .union([FilePattern, z.array(FilePattern).min(1)], {
        error: ({ input }) => `${input === undefined ? "is missing; " : ""}must be a path, a glob or a list of them`,
      })
      .describe("Paths or globs: within the pipeline's folder, or absolute on the machines that run the workers."),
    format: Format.optional(),
    contract: PackedPath.optional().describe(
      "An Open Data Contract Standard document within the pipeline's folder; the data must keep it before anything is trained.",
    ),
  },
  {
    query: "export the query's rows to a parquet file and name it in files",
    sql: "export the query's rows to a parquet file and name it in files",
    url: "copy the files to an absolute path on the workers and name it in files",
    environment: "write one contract for each data set",
    drift: "compare the data sets in a prepare job",
  },
);

/** The data sets of a pipeline, by name. */
export const Datasets = z.record(Name, Dataset).describe("Named data sets, pinned by content when a release begins.");

export type DatasetDocument = z.output<typeof Dataset>;
