import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { SlipwayError } from "../../domain/errors.ts";
import type { Json } from "../../domain/json.ts";
import { inheritedEnvironment } from "../../supervisor/contract-environment.ts";
import { pythonEnvironment } from "../../supervisor/python-environment.ts";
import type { Environment } from "../stack-environment.ts";
import type { Narrator } from "./narrator.ts";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));

/** The example's folder. */
export const EXAMPLE = join(REPOSITORY, "examples/employment");

/** How the example's endpoint is called, as its slipway.yaml says, and the people who will ask it. */
export const LIVE_TRAFFIC = {
  environment: "production",
  endpoint: "employment",
  path: "/v2/models/employment/infer",
  keyHeader: "x-person-id",
  file: join(EXAMPLE, "data/live.jsonl"),
} as const;

/** One release of the example: what it is about and how it changes the spec. */
export interface ExampleRelease {
  readonly name: string;
  readonly about: string;
  readonly set: Readonly<Record<string, Json>>;
}

/**
 * The releases of the example, in order.
 * @throws {SlipwayError} `prerequisite.missing` when this is a package without the example
 */
export async function readExampleReleases(): Promise<readonly ExampleRelease[]> {
  const path = join(EXAMPLE, "releases.json");
  if (!existsSync(path))
    throw new SlipwayError(
      "prerequisite.missing",
      `The demo releases the example of Slipway's repository, and ${EXAMPLE} is not there. Clone the repository and run \`npm run demo\` in it; in a folder of your own, begin with \`slipway init\`.`,
    );
  return JSON.parse(await readFile(path, "utf8")) as readonly ExampleRelease[];
}

/**
 * Fetches and prepares the example's data, in the Python environment that its jobs will use. Done before, it takes a
 * second.
 * @throws {SlipwayError} `environment.failed` with what a step said last
 */
export async function prepareExample(
  home: string,
  env: Environment,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<void> {
  const fetched = [process.execPath, join(REPOSITORY, "scripts/fetch-employment.mjs")] as const;
  await runStep("fetching the census files", fetched, REPOSITORY, env, narrator, signal);
  const codeDir = join(home, "demo");
  await mkdir(codeDir, { recursive: true });
  let told = "";
  const venv = await pythonEnvironment({
    home,
    requirements: await readFile(join(EXAMPLE, "requirements.txt"), "utf8"),
    codeDir,
    code: undefined,
    environment: inheritedEnvironment(env),
    signal,
    report: (message) => {
      if (!/making|waiting|Downloading|Installing|Successfully/u.test(message)) return Promise.resolve();
      const text = shortened(message);
      if (text !== told) narrator.tell(`Python environment: ${text}`);
      told = text;
      return Promise.resolve();
    },
  });
  const prepared = [join(venv, "bin/python"), join(EXAMPLE, "prepare_data.py")] as const;
  await runStep("preparing the data sets", prepared, EXAMPLE, env, narrator, signal);
}

function shortened(message: string): string {
  return message.length > 100 ? `${message.slice(0, 99)}…` : message;
}

function runStep(
  what: string,
  [file, ...args]: readonly [string, ...string[]],
  cwd: string,
  env: Environment,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env: { ...env }, stdio: ["ignore", "pipe", "pipe"], signal });
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        narrator.tell(line);
      });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else
        reject(
          new SlipwayError(
            "environment.failed",
            `The demo failed at ${what}, with exit code ${code}: ${said.slice(-3).join(" ")} Run it again: it goes on from here.`,
          ),
        );
    });
  });
}
