import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { killDetachedWork } from "../../src/workers/embedded/detached-work.ts";
import { down } from "../../src/workers/embedded/stack-down.ts";
import { withoutForeignSettings } from "../../src/workers/embedded/part-environment.ts";

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 600_000;

describe("the packed package", () => {
  let root: string;
  let folder: string;
  /** Runs the installed program as its users do. */
  const slipway = (...args: string[]) =>
    run("npx", ["--no-install", "slipway", ...args], { cwd: folder, env: environment() });

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-package-"));
    folder = join(root, "empty");
    await mkdir(folder);
    await npm(resolve("."), "pack", "--pack-destination", root);
    const tarball = (await readdir(root)).find((name) => name.endsWith(".tgz")) ?? "";
    await writeFile(join(folder, "package.json"), "{}");
    // Newer versions of npm do not run the scripts of dependencies: nothing may need them.
    await npm(
      folder,
      "install",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--prefer-offline",
      join(root, tarball),
    );
  }, INSTALL_TIMEOUT_MS);
  afterAll(async () => {
    await down(join(folder, ".slipway"), () => {});
    await killDetachedWork(join(folder, ".slipway"));
    await rm(root, { recursive: true, force: true });
  });

  test("holds the built program, the migrations and the starter, and nothing of the workshop", async () => {
    const found = await readdir(join(folder, "node_modules", "slipway"));
    const needed = ["README.md", "dist", "migrations", "package.json", "templates"];
    expect(new Set(found.filter((name) => name !== "LICENSE"))).toEqual(new Set(needed));
    const built = await readdir(join(folder, "node_modules", "slipway", "dist"), { recursive: true });
    expect(built.filter((path) => /[.]test[.]|tsbuildinfo/u.test(path))).toEqual([]);
    expect(built).toContain("workflow-bundle.js");
  });

  test("explains itself", async () => {
    const { stdout } = await slipway("--help");
    for (const command of ["init", "up", "run", "approve", "doctor"]) expect(stdout).toContain(command);
  });

  test("offers slipway/client, which runs without any other package", async () => {
    const alone = join(root, "alone");
    await cp(join(folder, "node_modules", "slipway"), join(alone, "node_modules", "slipway"), { recursive: true });
    const program = `const { approve, taskQueue } = await import("slipway/client"); console.log(approve.name, taskQueue);`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program], { cwd: alone });
    expect(stdout.trim()).toBe("approve slipway");
  });

  test("gives slipway/client types that need the Temporal client alone", async () => {
    const typed = join(root, "typed");
    await cp(join(folder, "node_modules", "slipway"), join(typed, "node_modules", "slipway"), { recursive: true });
    await cp(resolve("node_modules/@temporalio"), join(typed, "node_modules", "@temporalio"), { recursive: true });
    const source = [
      `import { Client } from "@temporalio/client";`,
      `import { approve, startRelease } from "slipway/client";`,
      `const handle = await startRelease(new Client(), { pipeline: "deliveries" }, { releaseId: "r-1" });`,
      `await handle.signal(approve, { by: "ana" });`,
      `// @ts-expect-error a decision says who decides`,
      `await handle.signal(approve, { reason: "better" });`,
      `export const outcome: string = (await handle.result()).outcome;`,
    ];
    await writeFile(join(typed, "package.json"), `{"type":"module"}`);
    await writeFile(join(typed, "release.ts"), source.join("\n"));
    const options = [
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "--module",
      "nodenext",
      "--target",
      "es2023",
      "release.ts",
    ];
    const { stdout } = await run(process.execPath, [resolve("node_modules/typescript/bin/tsc"), ...options], {
      cwd: typed,
    });
    expect(stdout).toBe("");
  });

  test("takes a newcomer from an empty folder to a model in production", async () => {
    await slipway("init");
    await slipway("validate");
    const up = run("npx", ["--no-install", "slipway", "up", "--json"], { cwd: folder, env: environment() });
    await expect.poll(() => isUp(), { timeout: 120_000, interval: 500 }).toBe(true);
    const { release } = JSON.parse((await slipway("run", "--json")).stdout) as { release: string };
    await expect
      .poll(
        () =>
          slipway("approve", release, "--json").then(
            () => true,
            () => false,
          ),
        { timeout: 120_000, interval: 1_000 },
      )
      .toBe(true);
    await expect.poll(() => outcomeOf(release), { timeout: 120_000, interval: 1_000 }).toBe("Promoted");
    await slipway("down");
    expect((await up).stdout).toContain("stack.stopped");
  }, 400_000);

  async function isUp(): Promise<boolean> {
    const { stdout } = await slipway("doctor", "--json").catch((error: { stdout: string }) => error);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; ok: boolean }[] };
    return checks.some(({ name, ok }) => name === "worker polls" && ok);
  }

  async function outcomeOf(release: string): Promise<string | undefined> {
    const { stdout } = await slipway("status", release, "--json");
    return (JSON.parse(stdout) as { status?: { outcome?: string } }).status?.outcome;
  }
});

function environment(): NodeJS.ProcessEnv {
  return { ...withoutForeignSettings(process.env), SLIPWAY_TEMPORAL_CLI: inject("temporalCli") };
}

function npm(cwd: string, ...args: string[]): Promise<unknown> {
  return run("npm", args, { cwd, env: environment(), maxBuffer: 2 ** 24 });
}
