// Adds up vitest's JSON reports in a folder and says "N passed, N failed" last. Fails when a test failed, when a run
// left no report, or when nothing was run at all.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
const reports = readdirSync(folder).filter((name) => name.endsWith(".json"));
let passed = 0;
let failed = 0;
for (const name of reports) {
  const report = JSON.parse(readFileSync(join(folder, name), "utf8"));
  passed += report.numPassedTests;
  // A file that could not even be loaded has no tests in it, and is a failure all the same.
  const unloaded = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  failed += report.numFailedTests + unloaded.length;
}
if (reports.length === 0) process.stderr.write("no test run left a report\n");
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(reports.length > 0 && passed > 0 && failed === 0 ? 0 : 1);
