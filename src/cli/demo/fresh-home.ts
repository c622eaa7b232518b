import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { SlipwayError } from "../../domain/errors.ts";
import { tryLockOnHost, type Unlock } from "../../supervisor/host-lock.ts";
import { isErrno } from "../errno.ts";
import type { Environment } from "../stack-environment.ts";
import { stopStack } from "../stack-process.ts";

/** What takes long to make and does not change what a demo shows. */
const KEPT = new Set(["venvs", "tools", "artifacts"]);

/**
 * Takes the demo's folder for this run. Every run begins with no model, no champion and no history, so that its three
 * outcomes do not depend on the runs before, finished or interrupted; downloads and environments are kept.
 * @throws {SlipwayError} `registry.conflict` when another demo runs here
 */
export async function takeHome(home: string, env: Environment): Promise<Unlock> {
  const unlock = await tryLockOnHost(["demo", home]);
  if (unlock === undefined)
    throw new SlipwayError(
      "registry.conflict",
      `Another demo runs in ${home}. Wait until it has ended, or give this one a folder of its own with --home.`,
    );
  await stopEverything(home, env);
  const entries = await entriesOf(home);
  await Promise.all(
    entries.filter((name) => !KEPT.has(name)).map((name) => rm(join(home, name), { recursive: true, force: true })),
  );
  return unlock;
}

/** Stops the stack and whatever it left running, jobs and model servers too. */
export async function stopEverything(home: string, env: Environment): Promise<void> {
  await stopStack(home, env, "jobs and model servers", () => undefined);
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}
