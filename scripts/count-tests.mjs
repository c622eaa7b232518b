// Adds up vitest's JSON reports and says "N passed, N failed" last:
//   node scripts/count-tests.mjs FOLDER NAME…     FOLDER holds NAME.json for each run that was made
// Fails when a test failed, when a run left no report, or when a run had no test.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, ...names] = process.argv.slice(2);
let passed = 0;
let failed = 0;
let empty = names.length === 0;
for (const name of names) {
  const path = join(folder, `${name}.json`);
  const report = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
  if (report === undefined || report.numTotalTests === 0) {
    process.stdout.write(`${name}: no test was run\n`);
    empty = true;
    continue;
  }
  passed += report.numPassedTests;
  // A file that could not be loaded, or whose hooks failed, has no failed test in it, and is a failure all the same.
  const isBroken = (file) =>
    file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed");
  failed += report.numFailedTests + report.testResults.filter(isBroken).length;
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(!empty && passed > 0 && failed === 0 ? 0 : 1);
