import { chmod, link, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fc, test as law } from "@fast-check/vitest";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { digestOf, digestOfBytes } from "../../src/digest.ts";
import type { Digest } from "../../src/domain/json.ts";
import type { ArtifactStore } from "../../src/artifacts/store.ts";

const ABSENT: Digest = `sha256:${"0".repeat(64)}`;

/** What every artifact store must do. `create` gives an empty store; a new adapter is finished when this passes. */
export function describeArtifactStore(name: string, create: (folder: string) => Promise<ArtifactStore>): void {
  describe(`${name} is an ArtifactStore`, () => {
    let folder: string;
    let store: ArtifactStore;
    const write = async (path: string, content: string | Uint8Array): Promise<string> => {
      const whole = join(folder, path);
      await mkdir(join(whole, ".."), { recursive: true });
      await writeFile(whole, content);
      return whole;
    };
    const putManifest = (files: readonly object[]) => store.putBlob(Buffer.from(JSON.stringify({ files })));

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "slipway-store-"));
      store = await create(join(folder, "store"));
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    law.prop([fc.uint8Array({ maxLength: 5_000 })], { numRuns: 25 })(
      "any bytes come back as they went",
      async (bytes) => {
        const digest = await store.putBlob(bytes);
        expect(digest).toBe(digestOfBytes(bytes));
        expect(Buffer.from(await store.getBlob(digest)).equals(Buffer.from(bytes))).toBe(true);
      },
    );

    test("the same content put twice is one object", async () => {
      const once = await store.putBlob(Buffer.from("equal"));
      expect(await store.putBlob(Buffer.from("equal"))).toBe(once);
    });

    test("an object is there once it was put, and not before", async () => {
      const content = Buffer.from("soon");
      expect(await store.has(digestOfBytes(content))).toBe(false);
      await store.putBlob(content);
      expect(await store.has(digestOfBytes(content))).toBe(true);
    });

    test("what was never stored is missing, as blob, manifest and tree", async () => {
      await expect(store.getBlob(ABSENT)).rejects.toMatchObject({ code: "artifact.missing" });
      await expect(store.manifest(ABSENT)).rejects.toMatchObject({ code: "artifact.missing" });
      await expect(store.getTree(ABSENT, join(folder, "out"))).rejects.toMatchObject({ code: "artifact.missing" });
    });

    test("a digest that is none is refused, whatever path it spells", async () => {
      for (const digest of ["sha256:../../../etc/passwd", "sha256:ABC", "md5:1", ""]) {
        await expect(store.getBlob(digest as Digest)).rejects.toMatchObject({ code: "input.invalid" });
        await expect(store.has(digest as Digest)).rejects.toMatchObject({ code: "input.invalid" });
      }
    });

    test("a tree comes back with its paths, contents and executable bits", async () => {
      await write("in/b.txt", "b");
      await write("in/a/deep/file.bin", new Uint8Array([0, 255, 13, 10]));
      await write("in/empty", "");
      await chmod(await write("in/run.sh", "#!/bin/sh\n"), 0o755);
      const { digest, manifest } = await store.putTree(join(folder, "in"));
      expect(manifest.files.map((file) => file.path)).toEqual(["a/deep/file.bin", "b.txt", "empty", "run.sh"]);
      expect(await store.manifest(digest)).toEqual(manifest);

      await store.getTree(digest, join(folder, "out"));
      expect(await readFile(join(folder, "out/a/deep/file.bin"))).toEqual(Buffer.from([0, 255, 13, 10]));
      expect(await readFile(join(folder, "out/empty"), "utf8")).toBe("");
      expect((await stat(join(folder, "out/run.sh"))).mode & 0o111).not.toBe(0);
      expect((await stat(join(folder, "out/b.txt"))).mode & 0o111).toBe(0);
    });

    test("a tree's digest is that of its manifest, whatever order the files were written in", async () => {
      const paths = ["z", "a-b", "a/b", "A", "ä", "a.b"];
      for (const path of paths) await write(`one/${path}`, path);
      for (const path of paths.toReversed()) await write(`two/${path}`, path);
      const one = await store.putTree(join(folder, "one"));
      const two = await store.putTree(join(folder, "two"));
      expect(two.digest).toBe(one.digest);
      expect(digestOf(one.manifest)).toBe(one.digest);
    });

    test("only what is included is stored", async () => {
      await write("in/keep.txt", "1");
      await write("in/skip/secret.txt", "2");
      const { manifest } = await store.putTree(join(folder, "in"), (path) => !path.startsWith("skip/"));
      expect(manifest.files.map((file) => file.path)).toEqual(["keep.txt"]);
    });

    test("an empty folder is a tree without files", async () => {
      await mkdir(join(folder, "in"));
      const { digest, manifest } = await store.putTree(join(folder, "in"));
      expect(manifest.files).toEqual([]);
      await store.getTree(digest, join(folder, "out"));
      expect((await stat(join(folder, "out"))).isDirectory()).toBe(true);
    });

    test("a symbolic link is refused and named, unless it is left out", async () => {
      await write("in/real", "1");
      await symlink("/etc/passwd", join(folder, "in/link"));
      await expect(store.putTree(join(folder, "in"))).rejects.toMatchObject({
        code: "input.invalid",
        message: expect.stringContaining('"link"'),
      });
      const { manifest } = await store.putTree(join(folder, "in"), (path) => path !== "link");
      expect(manifest.files).toHaveLength(1);
    });

    test("a folder that is not there cannot be stored", async () => {
      await expect(store.putTree(join(folder, "nowhere"))).rejects.toMatchObject({ code: "data.missing" });
    });

    test("getting a tree leaves equal files, replaces different ones and keeps others", async () => {
      await write("in/same", "same");
      await write("in/changed", "right");
      const { digest } = await store.putTree(join(folder, "in"));
      const same = await write("out/same", "same");
      const before = await stat(same);
      await write("out/changed", "wrong");
      await write("out/own", "mine");
      await store.getTree(digest, join(folder, "out"));
      expect((await stat(same)).ino).toBe(before.ino);
      expect(await readFile(join(folder, "out/changed"), "utf8")).toBe("right");
      expect(await readFile(join(folder, "out/own"), "utf8")).toBe("mine");
    });

    test("the files of a tree are private: writing to one changes neither the store nor another copy", async () => {
      await write("in/model", "original");
      const { digest } = await store.putTree(join(folder, "in"));
      await store.getTree(digest, join(folder, "one"));
      await writeFile(join(folder, "one/model"), "spoilt!!");
      await store.getTree(digest, join(folder, "two"));
      expect(await readFile(join(folder, "two/model"), "utf8")).toBe("original");
    });

    test("a hard link in the way becomes a private copy", async () => {
      const source = await write("in/model", "original");
      const { digest } = await store.putTree(join(folder, "in"));
      await mkdir(join(folder, "out"));
      await link(source, join(folder, "out/model"));
      await store.getTree(digest, join(folder, "out"));
      expect((await stat(join(folder, "out/model"))).nlink).toBe(1);
    });

    test("a link in the way is replaced, never written through", async () => {
      const outside = await write("outside", "untouched");
      await write("in/file", "new");
      const { digest } = await store.putTree(join(folder, "in"));
      await mkdir(join(folder, "out"));
      await symlink(outside, join(folder, "out/file"));
      await store.getTree(digest, join(folder, "out"));
      expect(await readFile(outside, "utf8")).toBe("untouched");
      expect(await readFile(join(folder, "out/file"), "utf8")).toBe("new");
    });

    test("a folder in the way that leads elsewhere is refused", async () => {
      await mkdir(join(folder, "elsewhere"));
      await write("in/sub/file", "new");
      const { digest } = await store.putTree(join(folder, "in"));
      await mkdir(join(folder, "out"));
      await symlink(join(folder, "elsewhere"), join(folder, "out/sub"));
      await expect(store.getTree(digest, join(folder, "out"))).rejects.toMatchObject({ code: "input.invalid" });
      await expect(stat(join(folder, "elsewhere/file"))).rejects.toMatchObject({ code: "ENOENT" });
    });

    test("two writers of one tree into one folder both succeed", async () => {
      for (const letter of ["a", "b", "c", "d", "e"]) await write(`in/${letter}`, letter.repeat(200_000));
      const { digest, manifest } = await store.putTree(join(folder, "in"));
      const out = join(folder, "out");
      await Promise.all([store.getTree(digest, out), store.getTree(digest, out)]);
      expect((await store.putTree(out)).manifest).toEqual(manifest);
    });

    test.each([
      ["climbs out", [{ path: "../evil", sizeBytes: 1, sha256: digestOfBytes("x") }]],
      ["climbs out in the middle", [{ path: "a/../../evil", sizeBytes: 1, sha256: digestOfBytes("x") }]],
      ["is absolute", [{ path: "/evil", sizeBytes: 1, sha256: digestOfBytes("x") }]],
      ["has a dot segment", [{ path: "./evil", sizeBytes: 1, sha256: digestOfBytes("x") }]],
      ["has a zero byte", [{ path: "evil\0", sizeBytes: 1, sha256: digestOfBytes("x") }]],
      ["is empty", [{ path: "", sizeBytes: 1, sha256: digestOfBytes("x") }]],
      ["names no digest", [{ path: "evil", sizeBytes: 1, sha256: "sha256:../../evil" }]],
      [
        "is there twice",
        [
          { path: "evil", sizeBytes: 1, sha256: digestOfBytes("x") },
          { path: "evil", sizeBytes: 1, sha256: digestOfBytes("y") },
        ],
      ],
      [
        "is a file and a folder",
        [
          { path: "evil", sizeBytes: 1, sha256: digestOfBytes("x") },
          { path: "evil/deeper", sizeBytes: 1, sha256: digestOfBytes("x") },
        ],
      ],
    ])("a manifest whose path %s is refused before a file is written", async (_, files) => {
      await store.putBlob(Buffer.from("x"));
      const digest = await putManifest(files);
      await expect(store.getTree(digest, join(folder, "out"))).rejects.toMatchObject({ code: "artifact.corrupt" });
      await expect(stat(join(folder, "evil"))).rejects.toMatchObject({ code: "ENOENT" });
    });

    test("a blob that is no manifest is no tree", async () => {
      for (const content of ["not json", "{}", '{"files":1}', "[]", '{"files":[],"more":1}']) {
        const digest = await store.putBlob(Buffer.from(content));
        await expect(store.manifest(digest)).rejects.toMatchObject({ code: "artifact.corrupt" });
      }
    });

    test("a tree whose files are not all stored is missing", async () => {
      const digest = await putManifest([{ path: "a", sizeBytes: 1, sha256: ABSENT }]);
      await expect(store.getTree(digest, join(folder, "out"))).rejects.toMatchObject({ code: "artifact.missing" });
    });

    test("many writers of the same and of different content do not disturb one another", async () => {
      const contents = Array.from({ length: 24 }, (_, index) => Buffer.alloc(100_000, index % 6));
      const digests = await Promise.all(contents.map((content) => store.putBlob(content)));
      expect(new Set(digests).size).toBe(6);
      for (const [index, digest] of digests.entries()) {
        expect(Buffer.from(await store.getBlob(digest)).equals(contents[index] ?? Buffer.alloc(0))).toBe(true);
      }
    });
  });
}
