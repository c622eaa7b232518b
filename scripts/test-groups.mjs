// The groups of tests that need more than Node and Python, `npm run test:<group>`.
//   node scripts/test-groups.mjs          their names, one a line
//   node scripts/test-groups.mjs GROUP    can it run here? status 1, and why not, when it cannot
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** What each group needs; a group that is not named here needs nothing special. */
const NEEDS = {};
/** Groups that `npm run check` or `npm test` run already. */
const ELSEWHERE = ["unit"];

const { scripts } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const group = process.argv[2];
if (group === undefined) {
  const names = Object.keys(scripts).filter((name) => name.startsWith("test:"));
  const found = names.map((name) => name.slice("test:".length)).filter((name) => !ELSEWHERE.includes(name));
  process.stdout.write(found.map((name) => `${name}\n`).join(""));
} else {
  const missing = (NEEDS[group] ?? []).filter((program) => !isOnPath(program));
  if (missing.length > 0) {
    process.stdout.write(`${missing.join(", ")} not on PATH\n`);
    process.exit(1);
  }
}

function isOnPath(program) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
