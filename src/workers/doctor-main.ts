import { readConfig } from "../config.ts";
import { FAILURES, messageOf, SlipwayError } from "../domain/errors.ts";
import { examineAll } from "./embedded/doctor.ts";

/**
 * What is missing on this machine and how to get it: `node dist/workers/doctor-main.js`. One JSON line a check on
 * standard output, `{"name","ok","found","remedy"?}`; ends with 0 when all are ok, else as `prerequisite.missing`.
 */
try {
  const config = readConfig(process.env, process.cwd());
  for await (const check of examineAll({ config, environment: process.env })) {
    process.stdout.write(`${JSON.stringify(check)}\n`);
    if (!check.ok) process.exitCode = FAILURES["prerequisite.missing"].exit;
  }
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = error instanceof SlipwayError ? FAILURES[error.code].exit : 1;
}
