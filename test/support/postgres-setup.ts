import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { findPostmaster } from "../../src/workers/embedded/postgres-postmaster.ts";
import { stopProcess } from "../../src/workers/embedded/process-stop.ts";

declare module "vitest" {
  // eslint-disable-next-line typescript/consistent-type-definitions -- vitest's interface is extended, not replaced
  export interface ProvidedContext {
    /** Home folder of the PostgreSQL server that all files of a run share; started by the first that needs it. */
    postgresHome: string;
  }
}

const PREFIX = "slipway-postgres-";

/** Names a folder for this run's PostgreSQL server, and stops and removes what the files have started there. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeLeftovers();
  const home = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // Root's server runs under another account, which must get to its data.
  await chmod(home, 0o755);
  project.provide("postgresHome", home);
  return () => removeServer(home);
}

/** A run that was killed leaves its server: its folder says by name whose it was. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(/^slipway-postgres-(\d+)-/u.exec(name)?.[1]);
    if (pid > 0 && !runs(pid)) await removeServer(join(tmpdir(), name));
  }
}

/** Stops the server of a home folder, if one runs, and removes the folder. */
export async function removeServer(home: string): Promise<void> {
  const server = join(home, "postgres", "server");
  const running = await findPostmaster(join(server, "data"));
  if (running !== undefined) await stopProcess(running, "SIGINT", 10_000);
  await rm(home, { recursive: true, force: true });
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
