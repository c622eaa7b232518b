import { createHash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "../digest.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { Digest } from "../domain/json.ts";
import type { Environment } from "./contract-environment.ts";
import { lockOnHost } from "./host-lock.ts";
import { commitJson, readJson } from "./json-file.ts";
import { FENCE_VARIABLE, killFenced } from "./process-kill.ts";
import { runTool } from "./tool-process.ts";

/** Lines that make an environment depend on files beside the requirements: their content counts then, too. */
const LOCAL_FILES = /^\s*(?:-r|-c|-e|--requirement|--constraint|--editable|\.|\/)|file:/mu;

/** Signs that the package index could not be asked, rather than that it said no. */
const UNREACHABLE =
  /NewConnectionError|ConnectionError|ConnectTimeout|ReadTimeout|Read timed out|Temporary failure in name resolution|Network is unreachable|Connection (?:refused|reset)|ProtocolError|ProxyError|HTTP error (?:429|5\d\d)|too many requests/iu;

const ORPHAN_TIMEOUT_MS = 10_000;

export interface PythonEnvironmentRequest {
  readonly home: string;
  /** Text of a pip requirements file. */
  readonly requirements: string;
  /** The pipeline's folder, to which relative paths in the requirements refer, and its digest. */
  readonly codeDir: string;
  readonly code: Digest | undefined;
  readonly environment: Environment;
  readonly report: (message: string) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * The folder of a virtual environment with these requirements, made when there is none yet. Several processes may ask
 * at once: one makes it, the others wait. What a killed process left half-made is made again.
 *
 * @throws {SlipwayError} `environment.failed` with pip's own line, `backend.unavailable` when the package index cannot be
 *   reached, `prerequisite.missing` when there is no python3
 */
export async function pythonEnvironment(request: PythonEnvironmentRequest): Promise<string> {
  const python = await pythonVersion(request);
  const local = LOCAL_FILES.test(request.requirements) ? request.code : undefined;
  const key = digestOf({ requirements: request.requirements, python, local }).slice("sha256:".length);
  const folder = join(request.home, "venvs", key);
  const marker = join(folder, "slipway-complete.json");
  if ((await readJson(marker)) !== undefined) return folder;
  await request.report("waiting for the Python environment, which another job may be making");
  const unlock = await lockOnHost(["venv", folder], request.signal);
  try {
    if ((await readJson(marker)) !== undefined) return folder;
    await make(request, folder);
    await commitJson(marker, { python });
    return folder;
  } finally {
    await unlock();
  }
}

/** The environment's programs first on PATH, as its activate script does. */
export function withPythonEnvironment(environment: Environment, folder: string): Environment {
  return { ...environment, VIRTUAL_ENV: folder, PATH: `${join(folder, "bin")}:${environment["PATH"] ?? ""}` };
}

async function pythonVersion(request: PythonEnvironmentRequest): Promise<string> {
  const command = ["python3", "-c", "import sys; print(sys.version, sys.executable)"];
  const { lines } = await runTool(command, toolOptions(request, "version"));
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

async function make(request: PythonEnvironmentRequest, folder: string): Promise<void> {
  // The lock is ours: whoever still writes here lost its supervisor.
  await killFenced(folder, undefined, ORPHAN_TIMEOUT_MS);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await request.report("making the Python environment");
  const made = await runTool(["python3", "-m", "venv", folder], toolOptions(request, folder));
  if (made.exitCode !== 0) throw failed("python3 -m venv", made.lines, "Install the package python3-venv.");
  await install(request, folder);
}

async function install(request: PythonEnvironmentRequest, folder: string): Promise<void> {
  // Beside the code, since pip reads relative paths from the place of the file that holds them.
  const file = join(request.codeDir, `.slipway-requirements-${process.pid}.txt`);
  await writeFile(file, request.requirements);
  try {
    const pip = [join(folder, "bin", "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"];
    const { exitCode, lines } = await runTool([...pip, "--progress-bar", "off", "-r", file], {
      ...toolOptions(request, folder),
      onLine: (line) => request.report(`installing Python packages: ${redact(line)}`),
    });
    if (exitCode !== 0) throw failed("pip", lines, "Correct the requirements file.");
  } finally {
    await rm(file, { force: true });
  }
}

function toolOptions({ codeDir, environment, signal }: PythonEnvironmentRequest, fence: string) {
  return { cwd: codeDir, environment: { ...environment, [FENCE_VARIABLE]: fence }, signal };
}

function failed(tool: string, lines: readonly string[], remedy: string): SlipwayError {
  const text = lines.map(redact);
  const said = text.findLast((line) => /^\s*(?:ERROR|error)\b/u.test(line)) ?? text.at(-1) ?? "it said nothing";
  if (text.some((line) => UNREACHABLE.test(line))) {
    const message = `The Python environment could not be made, because the package index does not answer. ${tool} said: ${said}`;
    return new SlipwayError("backend.unavailable", message, { tool });
  }
  return new SlipwayError(
    "environment.failed",
    `The Python environment could not be made. ${tool} said: ${said}. ${remedy}`,
    {
      tool,
      lines: text.slice(-20),
    },
  );
}

/** Addresses of package indexes may hold a user's name and password. */
function redact(line: string): string {
  return line.replaceAll(/:\/\/[^/\s@]+@/gu, "://***@");
}
