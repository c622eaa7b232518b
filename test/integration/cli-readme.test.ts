import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli, startCli, type RunningCli } from "../support/cli.ts";
import { freshHome, type FreshHome } from "../support/stack.ts";

/** The first block of this language in the README. */
async function blockOf(language: string): Promise<string> {
  const readme = await readFile("README.md", "utf8");
  const [, block] = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "su").exec(readme) ?? [];
  if (block === undefined) throw new Error(`README.md has no block of ${language}`);
  return block;
}

describe("the README's own pipeline", () => {
  let home: FreshHome;
  let folder: string;
  let up: RunningCli;
  const slipway = (...args: string[]) => cli(args, { env: home.environment, cwd: folder });

  beforeAll(async () => {
    home = await freshHome();
    folder = join(home.home, "mine");
    await cli(["init", folder], { env: home.environment });
    await writeFile(join(folder, "slipway.yaml"), await blockOf("yaml"));
    await writeFile(join(folder, "train.py"), await blockOf("python"));
    up = startCli(["up"], { env: home.environment, cwd: folder });
    await up.printed(/Registered pipeline deliveries/u);
  });
  afterAll(() => home.dispose());

  test("has at most a dozen lines and is valid", async () => {
    expect((await blockOf("yaml")).trim().split("\n").length).toBeLessThanOrEqual(12);
    expect(await slipway("validate")).toMatchObject({ exitCode: 0 });
  });

  test("is released as it is written: trained, evaluated, approved and served", async () => {
    const run = startCli(["run", "--watch", "--id", "mine-1"], { env: home.environment, cwd: folder });
    await run.printed(/waits: approval/u);
    expect(await slipway("approve", "mine-1", "--reason", "as the README says")).toMatchObject({ exitCode: 0 });
    const { stdout, exitCode } = await run.ended;
    expect(stdout).toMatch(/Promoted {2}mine-1 \(version 1\.0\.0\)/u);
    expect(exitCode).toBe(0);
  });

  test("leaves a history and a registry that agree", async () => {
    const { stdout, exitCode } = await slipway("audit", "mine-1", "--json");
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ compared: true, disagreements: [] });
  });

  test("can be looked up, read and compared", async () => {
    const [list, logs, shown, compared] = await Promise.all([
      slipway("list", "--json"),
      slipway("logs", "mine-1", "train"),
      slipway("registry", "show", "deliveries", "champion", "--json"),
      slipway("registry", "compare", "deliveries", "1.0.0", "champion", "--json"),
    ]);
    expect(JSON.parse(list.stdout)).toMatchObject({ releases: [{ release: "mine-1", outcome: "Promoted" }] });
    expect(logs.stdout).toContain("[slipway] succeeded");
    expect(JSON.parse(shown.stdout)).toMatchObject({ model: "deliveries", version: "1.0.0", release: "mine-1" });
    expect(compared.exitCode).toBe(0);
  });

  test("is not started under a name that was used, nor a pipeline that nobody registered", async () => {
    expect(await slipway("run", "--id", "mine-1")).toMatchObject({ exitCode: 4 });
    const mistyped = await slipway("run", "--pipeline", "delivery");
    expect(mistyped).toMatchObject({ exitCode: 3 });
    expect(mistyped.stderr).toContain("did you mean deliveries?");
  });

  test("stops with its stack at Ctrl-C", async () => {
    up.process.kill("SIGINT");
    const { stdout, exitCode } = await up.ended;
    expect(stdout).toContain("stopped");
    expect(exitCode).toBe(0);
  });
});
