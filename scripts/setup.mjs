// Makes a fresh clone ready: checks Node and Python, installs the npm packages, builds. Plain Node, no dependencies.
// Safe to interrupt and to run again; a second one at the same time waits for the first.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";
import { forgetInstalled, whyNotInstalled } from "./installed.mjs";
import { withLock } from "./lock.mjs";
import { giveUp, run, say } from "./progress.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const evenWithTypeErrors = process.argv.includes("--even-with-type-errors");

checkNode();
checkPython();
await withLock(
  `setup ${root}`,
  () => say("waiting: another set-up of this folder is running"),
  async () => {
    await install();
    await build({ evenWithTypeErrors });
  },
);

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  giveUp(`Slipway needs Node 20.19 or newer; this is ${process.version}. Get one from https://nodejs.org.`, 7);
}

/** The example's training is Python, and the Temporal CLI can come from a Python package. */
function checkPython() {
  let version;
  try {
    version = execFileSync("python3", ["-c", "import sys; print(*sys.version_info[:2])"], { encoding: "utf8" });
  } catch (error) {
    giveUp(
      `Slipway needs Python 3.10 or newer; python3 did not run (${error.message.split("\n")[0]}).\nOn Debian: apt-get install python3 python3-venv`,
      7,
    );
  }
  const [major, minor] = version.split(" ").map(Number);
  if (major > 3 || (major === 3 && minor >= 10)) return;
  giveUp(`Slipway needs Python 3.10 or newer; python3 is ${major}.${minor}.`, 7);
}

/**
 * Not `npm ci`: it refuses a lock file that lacks the packages of a platform which its maker's registry did not have.
 * This one installs the very versions of the lock file too, changes neither file, and only what differs.
 */
async function install() {
  const reason = whyNotInstalled(root);
  if (reason === undefined) return;
  say(`installing npm packages (${reason}); a first time takes about a minute`);
  forgetInstalled(root);
  const status = await run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel", "error"], root);
  const remains = status === 0 ? whyNotInstalled(root) : "see the messages of npm above; is the network up?";
  if (remains !== undefined)
    giveUp(`The npm packages could not be installed: ${remains} Running this again goes on from here.`, 5);
  say("npm packages installed");
}
