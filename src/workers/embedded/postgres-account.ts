import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { SlipwayError } from "../../domain/errors.ts";

/** The unprivileged account that PostgreSQL runs under when we are root: it refuses to run as root. */
export interface PostgresAccount {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL needs nothing of our environment, and must not inherit its secrets. */
export const POSTGRES_ENVIRONMENT = { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" } as const;

const WANTED = ["postgres", "nobody"] as const;

/**
 * Which account the server is to run under; undefined: our own, for we are not root.
 * @throws {SlipwayError} `prerequisite.missing` when we are root and the machine has neither `postgres` nor `nobody`
 */
export async function postgresAccount(): Promise<PostgresAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  for (const name of WANTED) {
    const [, , uid, gid] = accounts.find(([account]) => account === name) ?? [];
    if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  const message =
    "PostgreSQL refuses to run as root, and this machine has no account postgres or nobody to run it under. " +
    "Create one (useradd --system postgres), start as another user, or set SLIPWAY_DATABASE_URL to a server of yours.";
  throw new SlipwayError("prerequisite.missing", message);
}

/** Can this account enter the folder through all the folders above it? Asked of the system itself, not computed. */
export async function mayEnter(account: PostgresAccount | undefined, folder: string): Promise<boolean> {
  return runsAs(account, "/bin/sh", ["-c", 'cd -- "$1"', "sh", folder]);
}

/** Does this command run to the end with exit code 0 under the account? */
export async function runsAs(
  account: PostgresAccount | undefined,
  command: string,
  args: readonly string[],
): Promise<boolean> {
  try {
    await promisify(execFile)(command, args, { ...account, cwd: "/", env: POSTGRES_ENVIRONMENT });
    return true;
  } catch {
    return false;
  }
}
