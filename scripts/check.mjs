// All that can be said about the code without running it in earnest: npm run check. Every step runs, also after a
// failure; what failed is said again at the end.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { say } from "./progress.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Code alone: the specs and texts of the examples and templates are laid out by hand, to be read. */
const FORMATTED = ["src", "test", "bench", "scripts", "package.json", "knip.json", "vitest.config.ts"];
const STEPS = [
  ["set-up", process.execPath, ["scripts/setup.mjs"]],
  ["format", "npx", ["--no-install", "oxfmt", "--check", ...FORMATTED]],
  ["lint", "npx", ["--no-install", "oxlint", "--type-aware"]],
  ["types", "npx", ["--no-install", "tsc", "-p", "tsconfig.json"]],
  ["boundaries", "npx", ["--no-install", "depcruise", "src"]],
  ["unused", "npx", ["--no-install", "knip"]],
  ["unit tests", "npx", ["--no-install", "vitest", "run", "--project", "unit"]],
];

const failed = [];
for (const [name, command, args] of STEPS) {
  say(`${name}: ${command === "npx" ? args.slice(1).join(" ") : "scripts/setup.mjs"}`);
  const beganAtMs = Date.now();
  const { status } = spawnSync(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  const seconds = ((Date.now() - beganAtMs) / 1_000).toFixed(1);
  say(`${name}: ${status === 0 ? "passed" : "FAILED"} in ${seconds} s`);
  if (status !== 0) failed.push(name);
  if (status !== 0 && name === "set-up") break;
}
if (failed.length > 0) say(`failed: ${failed.join(", ")}`);
process.exit(failed.length === 0 ? 0 : 1);
