import { execFile } from "node:child_process";
import { appendFile, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contractText, createDataWorkplace, type DataWorkplace } from "../support/data-files.ts";

const run = promisify(execFile);
let place: DataWorkplace;
beforeEach(async () => {
  place = await createDataWorkplace();
});
afterEach(async () => place[Symbol.asyncDispose]());

const pin = (files: readonly string[], code?: `sha256:${string}`, signal?: AbortSignal) =>
  place.reader.pin({
    dataset: { name: "train", files, format: files[0]?.endsWith(".csv") === true ? "csv" : "parquet" },
    store: place.store,
    ...(code === undefined ? {} : { code }),
    ...(signal === undefined ? {} : { signal }),
  });
const pathsOf = async (digest: `sha256:${string}`) =>
  (await place.store.manifest(digest)).files.map(({ path }) => path);

describe("pinning a data set", () => {
  test("takes files of the packed pipeline, by content and with their rows", async () => {
    await place.write("data/a.csv", "x\n1\n2\n");
    await place.write("data/b.csv", "x\n3\n");
    await place.write("train.py", "");
    const { digest: code } = await place.store.putTree(place.dir);
    const snapshot = await pin(["data/*.csv"], code);
    expect(snapshot).toMatchObject({ name: "train", sizeBytes: 10, rows: 3 });
    expect(await pathsOf(snapshot.digest)).toEqual(["a.csv", "b.csv"]);
  });

  test("twice gives the same digest, and other content another", async () => {
    await place.write("data/a.csv", "x\n1\n");
    const { digest: before } = await place.store.putTree(place.dir);
    const once = await pin(["data/a.csv"], before);
    expect(await pin(["data/a.csv"], before)).toEqual(once);
    await place.write("data/a.csv", "x\n2\n");
    const { digest: after } = await place.store.putTree(place.dir);
    expect((await pin(["data/a.csv"], after)).digest).not.toBe(once.digest);
  });

  test("gives one digest to the same files, packed or on the worker's disk", async () => {
    await place.write("data/a.csv", "x\n1\n");
    const { digest: code } = await place.store.putTree(place.dir);
    expect(await pin([join(place.dir, "data/a.csv")])).toEqual(await pin(["data/a.csv"], code));
  });

  test("keeps the folders below the patterns' common one", async () => {
    await place.write("data/year=2015/a.csv", "x\n1\n");
    await place.write("data/year=2016/a.csv", "x\n2\n");
    const { digest: code } = await place.store.putTree(place.dir);
    const wanted = ["year=2015/a.csv", "year=2016/a.csv"];
    expect(await pathsOf((await pin(["data/**/*.csv"], code)).digest)).toEqual(wanted);
    expect(await pathsOf((await pin(["data/year=2015/a.csv", "data/year=2016/a.csv"], code)).digest)).toEqual(wanted);
    expect(await pathsOf((await pin([join(place.dir, "data/*/a.csv")])).digest)).toEqual(wanted);
  });

  test("sees nothing of this machine by a relative path", async () => {
    await place.write("data/a.csv", "x\n1\n");
    const { digest: code } = await place.store.putTree(place.dir, (path) => path !== "data/a.csv");
    await expect(pin(["data/a.csv"], code)).rejects.toMatchObject({ code: "data.missing" });
    await expect(pin(["data/a.csv"])).rejects.toThrow(/the release has none: register the pipeline's folder/u);
  });

  test("names the pattern that names nothing, and what is near", async () => {
    await place.write("data/train.csv", "x\n1\n");
    const { digest: code } = await place.store.putTree(place.dir);
    await expect(pin(["data/trian.csv"], code)).rejects.toThrow(
      /data\/trian\.csv names no file in the packed pipeline; near it: data\/train\.csv/u,
    );
    const absolute = join(place.dir, "data/trian.csv");
    await expect(pin([absolute])).rejects.toThrow(
      /names no file on the worker's machine; near it: .*data\/train\.csv/u,
    );
    await expect(pin([join(place.dir, "data")])).rejects.toThrow(/it is a folder/u);
  });

  test("follows a link to a file on the worker's disk", async () => {
    const file = await place.write("elsewhere/a.csv", "x\n1\n");
    await symlink(file, join(place.dir, "link.csv"));
    expect((await pin([join(place.dir, "link.csv")])).rows).toBe(1);
  });

  test("refuses a file that is written to meanwhile", async () => {
    const file = await place.write("growing.csv", `x\n${"1\n".repeat(4_000_000)}`);
    const ended = new AbortController();
    const writing = (async () => {
      while (!ended.signal.aborted) await appendFile(file, "1\n");
    })();
    // Whether a write falls into one reading is up to the system; into one of many it does.
    let pinned: unknown;
    for (let attempt = 0; attempt < 20 && !isRefused(pinned); attempt += 1) {
      pinned = await pin([file]).catch((error: unknown) => error);
    }
    ended.abort();
    await writing;
    expect(pinned).toMatchObject({ code: "data.changed" });
  });

  test("counts no rows of what cannot be read, and leaves the reason to the check", async () => {
    await place.write("broken.parquet", "nothing");
    const report = await place.check({ files: ["broken.parquet"] });
    expect(report.pinned.rows).toBe(0);
    expect(report).toMatchObject({ status: "Error", dataset: "train", snapshot: report.pinned.digest });
  });
});

describe("checking a data set", () => {
  test("judges the pinned copy, whatever has become of the source", async () => {
    const file = await place.write("a.csv", "x\n1\n");
    const snapshot = await pin([file]);
    await writeFile(file, "gone");
    const report = await place.reader.check({
      dataset: { name: "train", files: [file], format: "csv" },
      snapshot,
      store: place.store,
      asOfMs: 0,
    });
    expect(report).toEqual({
      dataset: "train",
      snapshot: snapshot.digest,
      status: "Successful",
      engine: expect.stringMatching(/^duckdb v/u) as string,
      verdicts: [
        { name: "files", status: "Successful", message: "1 of 1 can be read and agree", n: 1 },
        { name: "rows", status: "Successful", message: "1 rows", observed: 1, n: 1 },
      ],
    });
  });

  test("refuses a contract with problems, all of them with their lines", async () => {
    await place.write("a.csv", "x\n1\n");
    const contract = contractText(
      "- {name: x, logicalTipe: integer}\n- {name: y, quality: [{metric: mean, mustBe: 1}]}",
    );
    await expect(place.check({ files: ["a.csv"] }, { contract })).rejects.toMatchObject({
      code: "contract.invalid",
      details: {
        problems: [
          { file: "contract.odcs.yaml", line: 10 },
          { file: "contract.odcs.yaml", line: 11 },
        ],
      },
    });
  });

  test("leaves nothing behind", async () => {
    await place.write("a.csv", "x\n1\n");
    await place.check({ files: ["a.csv"] });
    await pin(["nothing.csv"]).catch(() => undefined);
    expect(await readdir(place.workDir)).toEqual([]);
  });
});

describe("the process that reads", () => {
  /** Enough rows that reading them lasts while the test acts. */
  const LARGE = "SELECT range AS id, md5(range::VARCHAR) AS s FROM range(15000000)";
  const UNIQUE = contractText("- {name: s, unique: true}");

  test("tells how far it is, and ends at once when it is aborted", async () => {
    const file = await place.copy(LARGE, "large.parquet");
    const snapshot = await pin([file]);
    await place.write("contract.odcs.yaml", UNIQUE);
    const { digest: code } = await place.store.putTree(place.dir, (path) => path.endsWith(".yaml"));
    const abort = new AbortController();
    const dataset = { name: "train", files: [file], format: "parquet", contract: "contract.odcs.yaml" } as const;
    const seen: number[] = [];
    const checking = place.reader.check({
      dataset,
      snapshot,
      store: place.store,
      code,
      asOfMs: 0,
      signal: abort.signal,
      onProgress: ({ rowsRead }) => {
        seen.push(rowsRead);
        abort.abort(new Error("enough"));
      },
    });
    await expect(checking).rejects.toThrow("enough");
    expect(seen).toHaveLength(1);
    expect(await readdir(place.workDir)).toEqual([]);
  });

  test("that is killed is an error of the environment, and this process goes on", async () => {
    const file = await place.copy(LARGE, "large.parquet");
    const snapshot = await pin([file]);
    await place.write("contract.odcs.yaml", UNIQUE);
    const { digest: code } = await place.store.putTree(place.dir, (path) => path.endsWith(".yaml"));
    let killed = false;
    const checking = place.reader.check({
      dataset: { name: "train", files: [file], format: "parquet", contract: "contract.odcs.yaml" },
      snapshot,
      store: place.store,
      code,
      asOfMs: 0,
      onProgress: () => {
        if (killed) return;
        killed = true;
        void killReaders();
      },
    });
    await expect(checking).rejects.toMatchObject({
      code: "environment.failed",
      message: expect.stringContaining("ended by SIGKILL, as the system does when memory runs out") as string,
    });
  });

  test("that needs more than its memory and disk says so", async () => {
    await using small = await createDataWorkplace({ memoryBytes: 24 * 1024 ** 2, spillBytes: 1024 ** 2, threads: 1 });
    await small.copy(LARGE, "large.parquet");
    await expect(small.check({ files: ["large.parquet"] }, { contract: UNIQUE })).rejects.toMatchObject({
      code: "environment.failed",
      message: "reading the data needs more than its 24 MiB of memory and the disk space beside it",
    });
  });

  test("cannot read other folders, nor be told to", async () => {
    const { openSession } = await import("../../src/datasets/duckdb-session.ts");
    const { createParameters } = await import("../../src/datasets/sql-parameters.ts");
    const limits = {
      memoryBytes: 64 * 1024 ** 2,
      spillBytes: 1024 ** 2,
      threads: 1,
      spillDir: join(place.workDir, "spill"),
    };
    using session = await openSession(place.dir, limits);
    const ask = (sql: string) => session.query({ sql, parameters: createParameters() });
    await expect(ask("SELECT * FROM read_csv('/etc/passwd')")).rejects.toThrow(/Permission/u);
    await expect(ask("SET enable_external_access = true")).rejects.toThrow(/locked|cannot/iu);
    await expect(ask("ATTACH '/tmp/other.duckdb'")).rejects.toThrow(/Permission/u);
    await expect(ask("INSTALL httpfs")).rejects.toThrow(/Permission|disabled/u);
  });
});

function isRefused(outcome: unknown): boolean {
  return outcome instanceof Error;
}

/** Kills the reading processes that this process started, and no other child of it. */
async function killReaders(): Promise<void> {
  const { stdout } = await run("ps", ["-o", "pid=", "--ppid", String(process.pid)]);
  for (const pid of stdout.trim().split(/\s+/u)) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (command.includes("check-main")) process.kill(Number(pid), "SIGKILL");
  }
}
