// Bundles the workflows into dist/workflow-bundle.js: workers never bundle at run time.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";

const dist = new URL("../dist/", import.meta.url);
const entry = fileURLToPath(new URL("workflows/index.js", dist));
if (!existsSync(entry)) throw new Error(`${entry} is missing: run tsc first`);
const { code } = await bundleWorkflowCode({
  workflowsPath: entry,
  logger: new DefaultLogger("WARN"),
  payloadConverterPath: fileURLToPath(new URL("workflows/payload-converter.js", dist)),
});
const target = fileURLToPath(new URL("workflow-bundle.js", dist));
if (!existsSync(target) || readFileSync(target, "utf8") !== code) writeFileSync(target, code);
