import { join } from "node:path";
import { createFileStore } from "../artifacts/file-store.ts";
import { takeOn } from "./take-on.ts";

// The supervisor's process: `node main.js STATE_FOLDER`. Its own errors go to supervisor.log in that folder.
const [statePath] = process.argv.slice(2);
if (statePath === undefined) throw new Error("usage: node main.js STATE_FOLDER");
await takeOn(statePath, {
  createStore: (home) => createFileStore({ root: join(home, "artifacts") }),
  environment: process.env,
});
process.exit();
