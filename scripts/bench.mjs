// Runs bench/NAME.ts: progress on standard error, one JSON line last on standard output.
// A bench exports `run(log: (line: string) => void): Promise<Record<string, unknown>>`: the figures it returns are the
// JSON line, and what it lists there under `broken` (texts) makes the exit code 1.
// The benches themselves are compiled as they are loaded; the processes that they start run from the build in dist/.
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { register } from "tsx/esm/api";
import { giveUp, say } from "./progress.mjs";

const folder = new URL("../bench/", import.meta.url);
const { version } = createRequire(import.meta.url)("../package.json");

/** Files directly in bench/ are benches; what they share lies in folders below it. */
const names = readdirSync(folder)
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => name.slice(0, -".ts".length));

const [name, ...rest] = process.argv.slice(2);
if (name === undefined || rest.length > 0 || !names.includes(name)) {
  giveUp(`Usage: npm run bench -- NAME, where NAME is one of ${names.join(", ")}.`, 2);
}

register();
const bench = await import(fileURLToPath(new URL(`${name}.ts`, folder)));
say(`bench ${name}: begins`);
const beganAtMs = Date.now();
/** @type {Record<string, unknown>} */
const figures = await bench.run(say);
/** A bench lists what it promised and did not keep under `broken`: the figures are printed all the same. */
const broken = Array.isArray(figures.broken) ? figures.broken : [];
for (const promise of broken) say(`bench ${name}: broken promise: ${promise}`);
say(`bench ${name}: ${broken.length === 0 ? "all promises kept" : `${broken.length} broken`}`);
const seconds = Math.round((Date.now() - beganAtMs) / 100) / 10;
process.stdout.write(`${JSON.stringify({ bench: name, slipway: version, seconds, ...figures })}\n`);
if (broken.length > 0) process.exitCode = 1;
