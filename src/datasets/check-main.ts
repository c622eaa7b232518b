import { messageOf, SlipwayError } from "../domain/errors.ts";
import type { ReadingAnswer, ReadingRequest } from "./check-message.ts";
import { checkTable } from "./check-table.ts";
import { countRows } from "./count-rows.ts";
import { openSession } from "./duckdb-session.ts";
import { isMemoryFault } from "./reading-fault.ts";
import { dataFiles } from "./table-files.ts";

const PROGRESS_EVERY_MS = 500;

// A reading process without its worker has nobody to read for.
process.once("disconnect", () => process.exit(1));
process.once("message", (request: ReadingRequest) => {
  void read(request).then(answerAndEnd, (error: unknown) => answerAndEnd(failure(error, request)));
});

async function read({ dir, format, limits, task }: ReadingRequest): Promise<ReadingAnswer> {
  const files = await dataFiles(dir);
  using session = await openSession(dir, limits);
  const ticker = setInterval(() => {
    const { rows_processed: done, total_rows_to_process: total } = session.connection.progress;
    const rowsTotal = Number(total) > 0 ? { rowsTotal: Number(total) } : {};
    process.send?.({ kind: "progress", rowsRead: Number(done), ...rowsTotal } satisfies ReadingAnswer);
  }, PROGRESS_EVERY_MS);
  try {
    if (task.kind === "countRows") return { kind: "counted", rows: await countRows(session, files, format) };
    const verdicts = await checkTable(session, files, format, task.check);
    return { kind: "checked", verdicts, engine: session.engine };
  } finally {
    clearInterval(ticker);
  }
}

function failure(error: unknown, { limits }: ReadingRequest): ReadingAnswer {
  if (isMemoryFault(error)) {
    const megabytes = Math.round(limits.memoryBytes / 1024 ** 2);
    const message = `reading the data needs more than its ${megabytes} MiB of memory and the disk space beside it`;
    return { kind: "failed", code: "environment.failed", message };
  }
  if (error instanceof SlipwayError) return { kind: "failed", code: error.code, message: error.message };
  return { kind: "failed", message: messageOf(error) };
}

function answerAndEnd(answer: ReadingAnswer): void {
  process.send?.(answer, () => process.exit(0));
}
