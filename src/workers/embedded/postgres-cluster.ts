import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { SlipwayError, messageOf } from "../../domain/errors.ts";
import { type PostgresAccount, POSTGRES_ENVIRONMENT } from "./postgres-account.ts";
import type { PostgresBinaries } from "./postgres-binaries.ts";
import type { PostgresPlace } from "./postgres-place.ts";

/** The role that may do everything, and the one Slipway uses. Both have the password of the place. */
export const SUPERUSER = "postgres";

/**
 * Makes the data folder if there is none: initialised under another name and renamed when it is whole and on the disk,
 * so that neither a crash half-way nor two starts at once leave a broken one.
 * @throws {SlipwayError} `environment.failed` with what initdb said
 */
export async function ensureCluster(
  place: PostgresPlace,
  binaries: PostgresBinaries,
  account: PostgresAccount | undefined,
): Promise<void> {
  const whole = await hasCluster(place);
  await removeUnfinished(place, whole ? 0 : ABANDONED_AFTER_MS);
  if (whole) return;
  const unfinished = join(place.folder, `initializing-${randomBytes(6).toString("hex")}`);
  const passwordFile = `${unfinished}.password`;
  try {
    await writeFile(passwordFile, place.password, { mode: 0o600, flag: "wx" });
    if (account !== undefined) await chown(passwordFile, account.uid, account.gid);
    const args = ["-D", unfinished, "-U", SUPERUSER, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
    const options = { ...account, cwd: "/", env: POSTGRES_ENVIRONMENT };
    await promisify(execFile)(binaries.initdb, [...args, "--encoding=UTF8", "--locale=C"], options);
    await rename(unfinished, place.dataFolder);
  } catch (cause) {
    if (await hasCluster(place)) return;
    const message = `A PostgreSQL data folder could not be made in ${place.folder}: ${messageOf(cause)}`;
    throw new SlipwayError("environment.failed", message, {}, cause);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function hasCluster(place: PostgresPlace): Promise<boolean> {
  try {
    return (await stat(join(place.dataFolder, "PG_VERSION"))).isFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

const ABANDONED_AFTER_MS = 600_000;

/** What interrupted starts left. A fresh one may belong to a start that runs now; initdb takes seconds. */
async function removeUnfinished(place: PostgresPlace, olderThanMs: number): Promise<void> {
  for (const name of await readdir(place.folder)) {
    if (!name.startsWith("initializing-")) continue;
    const path = join(place.folder, name);
    if (await isOlder(path, olderThanMs)) await rm(path, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function isOlder(path: string, ageMs: number): Promise<boolean> {
  try {
    return (await stat(path)).mtimeMs <= Date.now() - ageMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
