import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, open, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { createFileStore } from "../../src/artifacts/file-store.ts";
import type { ArtifactStore } from "../../src/artifacts/store.ts";
import { digestOfBytes, digestOfFile } from "../../src/digest.ts";
import type { Digest } from "../../src/domain/json.ts";

let folder: string;
let root: string;
let store: ArtifactStore;
let mounted: string | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-store-"));
  root = join(folder, "store");
  store = createFileStore({ root });
});
afterEach(async () => {
  if (mounted !== undefined) execFileSync("umount", ["-l", mounted]);
  mounted = undefined;
  await rm(folder, { recursive: true, force: true });
});

const objectPath = (digest: Digest): string => {
  const hex = digest.slice("sha256:".length);
  return join(root, "objects", hex.slice(0, 2), hex.slice(2));
};

/** The digests that the names of all objects claim, after checking that each is true. */
async function trueObjects(): Promise<readonly Digest[]> {
  const found: Digest[] = [];
  const entries = await readdir(join(root, "objects"), { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const claimed: Digest = `sha256:${entry.parentPath.slice(-2)}${entry.name}`;
    expect(await digestOfFile(join(entry.parentPath, entry.name))).toBe(claimed);
    found.push(claimed);
  }
  return found;
}

async function makeTree(dir: string, files: number, sizeBytes: number): Promise<string> {
  await mkdir(dir, { recursive: true });
  for (let n = 0; n < files; n++) await writeFile(join(dir, `file-${n}`), Buffer.alloc(sizeBytes, n + 1));
  return dir;
}

/** Runs the built store in a process of its own; the code sees `store`. */
function elsewhere(code: string) {
  const module = JSON.stringify(resolve("dist/artifacts/file-store.js"));
  const whole = `const { createFileStore } = await import(${module});
    const store = createFileStore({ root: ${JSON.stringify(root)} });
    ${code}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", whole], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return child;
}

describe("an object that was spoilt on the disk", () => {
  const spoil = async (digest: Digest, content: string): Promise<void> => {
    await rm(objectPath(digest));
    await writeFile(objectPath(digest), content);
  };

  test.each([
    ["changed", "wrong!!"],
    ["cut short", "rig"],
    ["emptied", ""],
    ["made longer", "right!!!"],
  ])("by being %s is never handed out, and storing the content again heals it", async (_, spoilt) => {
    const digest = await store.putBlob(Buffer.from("right!!"));
    await spoil(digest, spoilt);
    await expect(store.getBlob(digest)).rejects.toMatchObject({ code: "artifact.corrupt" });
    await expect(store.getBlob(digest)).rejects.toMatchObject({ code: "artifact.corrupt" });
    expect(await store.putBlob(Buffer.from("right!!"))).toBe(digest);
    expect(Buffer.from(await store.getBlob(digest)).toString()).toBe("right!!");
  });

  test("fails the tree it is part of, and leaves no wrong file behind", async () => {
    const { digest, manifest } = await store.putTree(await makeTree(join(folder, "in"), 3, 1_000));
    const [victim] = manifest.files;
    await spoil(victim?.sha256 ?? digest, "x".repeat(1_000));
    const out = join(folder, "out");
    await expect(store.getTree(digest, out)).rejects.toMatchObject({ code: "artifact.corrupt" });
    for (const name of await readdir(out)) {
      const entry = manifest.files.find((file) => file.path === name);
      expect(await digestOfFile(join(out, name))).toBe(entry?.sha256);
    }
  });

  test("as a manifest is no tree", async () => {
    const { digest } = await store.putTree(await makeTree(join(folder, "in"), 1, 10));
    await spoil(digest, '{"files":[]}');
    await expect(store.getTree(digest, join(folder, "out"))).rejects.toMatchObject({ code: "artifact.corrupt" });
  });
});

describe("a writer that is killed", () => {
  test("leaves only true objects, whenever it happens, and the next one clears its remains", async () => {
    const dir = await makeTree(join(folder, "in"), 12, 3_000_000);
    const before = await digestOfFile(join(dir, "file-0"));
    const partials = join(root, "partial");
    const remains = async () => (await readdir(partials).catch(() => [])).length;
    let interrupted = 0;
    for (const delayMs of [0, 1, 3, 8, 20]) {
      await rm(join(root, "objects"), { recursive: true, force: true });
      const known = await remains();
      const child = elsewhere(`await store.putTree(${JSON.stringify(dir)});`);
      while ((await remains()) <= known && child.exitCode === null) await sleep(1);
      await sleep(delayMs);
      if (child.kill("SIGKILL")) await once(child, "exit");
      await trueObjects();
      if ((await remains()) > 0) interrupted += 1;
    }
    expect(interrupted).toBeGreaterThan(0);
    const { digest, manifest } = await createFileStore({ root }).putTree(dir);
    expect(manifest.files[0]?.sha256).toBe(before);
    expect(new Set(await trueObjects())).toEqual(new Set([digest, ...manifest.files.map((file) => file.sha256)]));
    expect(await remains()).toBe(0);
  });

  test("into a folder is finished by the next one, without its remains", async () => {
    const dir = await makeTree(join(folder, "in"), 12, 3_000_000);
    const { digest, manifest } = await store.putTree(dir);
    const out = join(folder, "out");
    for (const delayMs of [5, 30]) {
      const child = elsewhere(
        `console.log("ready"); await store.getTree(${JSON.stringify(digest)}, ${JSON.stringify(out)});`,
      );
      await once(child.stdout, "data");
      await sleep(delayMs);
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await store.getTree(digest, out);
    expect((await readdir(out)).toSorted()).toEqual(manifest.files.map((file) => file.path));
    expect((await store.putTree(out)).digest).toBe(digest);
  });

  test("does not disturb others that store the same tree at the same time", async () => {
    const dir = await makeTree(join(folder, "in"), 8, 2_000_000);
    const code = `console.log((await store.putTree(${JSON.stringify(dir)})).digest);`;
    const victim = elsewhere(code);
    const others = [elsewhere(code), elsewhere(code)];
    const said = others.map(async (child) => String((await once(child.stdout, "data"))[0]).trim());
    await sleep(60);
    victim.kill("SIGKILL");
    const { digest } = await store.putTree(dir);
    expect(await Promise.all(said)).toEqual([digest, digest]);
    await trueObjects();
  });
});

describe("a file that changes while it is stored", () => {
  test("is stored as some content that its digest names", async () => {
    const dir = await makeTree(join(folder, "in"), 1, 4_000_000);
    const file = await open(join(dir, "file-0"), "r+");
    const until = new AbortController();
    const writer = (async () => {
      for (let n = 0; !until.signal.aborted; n++)
        await file.write(Buffer.alloc(1_000, n), 0, 1_000, (n % 4_000) * 1_000);
    })();
    const { digest, manifest } = await store.putTree(dir);
    until.abort();
    await writer;
    await file.close();
    await store.getTree(digest, join(folder, "out"));
    expect(await digestOfFile(join(folder, "out", "file-0"))).toBe(manifest.files[0]?.sha256);
    await trueObjects();
  });
});

describe("a large file", () => {
  test("passes through little memory, both ways", async () => {
    const dir = join(folder, "in");
    await mkdir(dir);
    await writeFile(join(dir, "model"), "");
    await truncate(join(dir, "model"), 300_000_000);
    const child = elsewhere(`
      const before = process.resourceUsage().maxRSS;
      const { digest } = await store.putTree(${JSON.stringify(dir)});
      await store.getTree(digest, ${JSON.stringify(join(folder, "out"))});
      console.log(process.resourceUsage().maxRSS - before);`);
    const [grownKiB] = (await once(child.stdout, "data")) as [Buffer];
    expect(Number(grownKiB.toString()) * 1_024).toBeLessThan(120_000_000);
    expect((await stat(join(folder, "out", "model"))).size).toBe(300_000_000);
  });
});

/** Why no small file system can be mounted here; undefined when one was. */
function mountSmall(at: string, sizeBytes: number): string | undefined {
  if (process.platform !== "linux") return "a small file system is only mounted on Linux";
  if (process.getuid?.() !== 0) return "only root may mount a small file system";
  const tried = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", at], { encoding: "utf8" });
  if (tried.status !== 0) return `mount refuses: ${tried.stderr ?? tried.error?.message}`;
  mounted = at;
  return undefined;
}

describe("a full disk", () => {
  test("is told as such, leaves no wrong object, and is no hindrance once there is room", async (context) => {
    await mkdir(root);
    const refused = mountSmall(root, 4_000_000);
    if (refused !== undefined) return context.skip(`not shown on this machine: ${refused}`);
    const small = await store.putBlob(Buffer.from("small"));
    const big = Buffer.alloc(6_000_000, 7);
    const full = { code: "backend.unavailable", message: expect.stringContaining("disk is full") };
    await expect(store.putBlob(big)).rejects.toMatchObject(full);
    await expect(store.putTree(await makeTree(join(folder, "in"), 3, 2_000_000))).rejects.toMatchObject(full);
    expect(await store.has(digestOfBytes(big))).toBe(false);
    expect(await readdir(join(root, "partial"))).toEqual([]);
    await trueObjects();
    execFileSync("mount", ["-o", "remount,size=20000000", root]);
    expect(await store.putBlob(big)).toBe(digestOfBytes(big));
    expect(Buffer.from(await store.getBlob(small)).toString()).toBe("small");
  });

  test("where a tree is written to is told too, and the tree is whole once there is room", async (context) => {
    const { digest } = await store.putTree(await makeTree(join(folder, "in"), 3, 2_000_000));
    const out = join(folder, "out");
    await mkdir(out);
    const refused = mountSmall(out, 3_000_000);
    if (refused !== undefined) return context.skip(`not shown on this machine: ${refused}`);
    await expect(store.getTree(digest, out)).rejects.toMatchObject({ code: "backend.unavailable" });
    execFileSync("mount", ["-o", "remount,size=20000000", out]);
    await store.getTree(digest, out);
    expect((await store.putTree(out)).digest).toBe(digest);
    expect(await digestOfFile(join(out, "file-2"))).toBe(digestOfBytes(Buffer.alloc(2_000_000, 3)));
  });
});
