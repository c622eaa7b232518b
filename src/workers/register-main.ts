import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { createFileStore } from "../artifacts/file-store.ts";
import { readConfig } from "../config.ts";
import { FAILURES, SlipwayError, messageOf } from "../domain/errors.ts";
import { openDatabase } from "../registry/database.ts";
import { registerFolder } from "./register-pipeline.ts";

// Packs and registers the folder given as argument; one JSON line on standard output says what came of it.
try {
  const [dir = "."] = process.argv.slice(2);
  const config = readConfig(process.env, process.cwd());
  if (config.databaseUrl === undefined) {
    throw new SlipwayError(
      "prerequisite.missing",
      "SLIPWAY_DATABASE_URL is not set: start the stack with `slipway up`",
    );
  }
  const { db, close } = await openDatabase(config.databaseUrl);
  try {
    const store = createFileStore({ root: join(config.home, "artifacts") });
    say(await registerFolder({ db, store }, dir, `${userInfo().username}@${hostname()}`));
  } finally {
    await close();
  }
} catch (error) {
  const code = error instanceof SlipwayError ? error.code : undefined;
  const problems = error instanceof SlipwayError ? error.details["problems"] : undefined;
  say({ code: code ?? "unexpected", message: messageOf(error), ...(problems === undefined ? {} : { problems }) });
  process.exitCode = code === undefined ? 1 : FAILURES[code].exit;
}

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}
