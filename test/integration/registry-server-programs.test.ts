import { cp, chmod, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { mayEnter, postgresAccount, runsAs } from "../../src/workers/embedded/postgres-account.ts";
import { findPostgresBinaries, findPostgresPackage } from "../../src/workers/embedded/postgres-binaries.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-programs-"));
  await chmod(folder, 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The package as npm leaves it when it runs no install script: without the links. */
async function freshPackage(): Promise<{ readonly copy: string; readonly links: readonly string[] }> {
  const copy = join(folder, "package");
  await cp(findPostgresPackage(), copy, { recursive: true, verbatimSymlinks: true });
  const listed = JSON.parse(await readFile(join(copy, "native", "pg-symlinks.json"), "utf8")) as { target: string }[];
  const links = listed.map(({ target }) => join(copy, target));
  for (const link of links) await rm(link);
  return { copy, links };
}

describe("the server's programs", () => {
  test("run from a package whose install script did not run, whoever asks first or again", async () => {
    const { copy, links } = await freshPackage();
    const account = await postgresAccount();
    const asked = Array.from({ length: 3 }, () => findPostgresBinaries(account, join(folder, "spare"), copy));
    for (const { postgres, initdb } of await Promise.all(asked)) {
      expect(postgres).toBe(join(copy, "native", "bin", "postgres"));
      expect(await runsAs(account, initdb, ["--version"])).toBe(true);
    }
    for (const link of links) expect((await stat(link)).isFile()).toBe(true);
    await expect(stat(join(folder, "spare"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test.skipIf(process.getuid?.() !== 0)("are copied once when their account may not enter the package", async () => {
    const { copy } = await freshPackage();
    await chmod(copy, 0o700);
    const account = await postgresAccount();
    expect(await mayEnter(account, copy)).toBe(false);
    const spare = join(folder, "spare");
    const [one, two] = await Promise.all([
      findPostgresBinaries(account, spare, copy),
      findPostgresBinaries(account, spare, copy),
    ]);
    expect(one).toEqual(two);
    expect(one.postgres.startsWith(spare)).toBe(true);
    expect(await runsAs(account, one.postgres, ["--version"])).toBe(true);
  });
});
