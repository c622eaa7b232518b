import { mkdir, mkdtemp, open, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LineWriter } from "./line-writer.ts";
import { beginSegment } from "./segment-folder.ts";

const SIZES = { maxSegmentBytes: 1_000_000, maxWaitingBytes: 1_000_000, flushAfterMs: 5 };

describe("a line writer", () => {
  let folder: string;
  const openSegment = () => beginSegment(folder, "tag");
  const linesBySegment = async () => {
    const files = (await readdir(folder)).toSorted();
    const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
    return texts.map((text) => text.split("\n").slice(0, -1));
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-lines-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("has written every line taken so far when flush returns, though more come all the time", async () => {
    const writer = new LineWriter({ ...SIZES, openSegment });
    let count = 0;
    const chatter = setInterval(() => writer.append(`chatter-${(count += 1)}`), 0);
    for (let round = 0; round < 20; round += 1) {
      writer.append(`round-${round}`);
      await writer.flush();
      expect((await linesBySegment()).flat()).toContain(`round-${round}`);
    }
    clearInterval(chatter);
    await writer.close();
    const lines = (await linesBySegment()).flat();
    expect(lines.filter((line) => line.startsWith("chatter"))).toHaveLength(count);
  });

  test("writes by itself after a while", async () => {
    const writer = new LineWriter({ ...SIZES, openSegment });
    writer.append("alone");
    await expect.poll(async () => (await linesBySegment()).flat()).toEqual(["alone"]);
    await writer.close();
  });

  test("begins another segment when one is full", async () => {
    const writer = new LineWriter({ ...SIZES, maxSegmentBytes: 10, openSegment });
    for (const line of ["12345", "123", "1234567890123", "1"]) {
      writer.append(line);
      await writer.flush();
    }
    await writer.close();
    expect(await linesBySegment()).toEqual([["12345", "123"], ["1234567890123"], ["1"]]);
  });

  test("refuses and counts what the disk is too slow for, and takes again once it has caught up", async () => {
    const writer = new LineWriter({ ...SIZES, maxWaitingBytes: 10, openSegment });
    expect(writer.append("12345678")).toBe(true);
    expect(writer.append("12345678")).toBe(false);
    expect(writer.droppedLines).toBe(1);
    await writer.flush();
    expect(writer.append("12345678")).toBe(true);
    await writer.close();
  });

  test("keeps what could not be written, says why, and writes it in order once it can", async () => {
    const below = join(folder, "below");
    await writeFile(below, "a file where a folder should be");
    const writer = new LineWriter({ ...SIZES, openSegment: () => beginSegment(below, "tag") });
    writer.append("one");
    await expect(writer.flush()).rejects.toMatchObject({ code: "EEXIST" });
    expect(writer.problem).toContain("EEXIST");
    writer.append("two");
    await rm(below);
    await writer.flush();
    expect(writer.problem).toBeUndefined();
    const [file = ""] = await readdir(below);
    expect(await readFile(join(below, file), "utf8")).toBe("one\ntwo\n");
    await writer.close();
  });

  test("never continues a file after a failed write", async () => {
    await mkdir(join(folder, "a"));
    let opened = 0;
    const writer = new LineWriter({
      ...SIZES,
      openSegment: async () => {
        opened += 1;
        // Opened for reading only, the first segment takes nothing.
        const path = join(folder, "a", `${opened}`);
        await writeFile(path, "");
        return open(path, opened === 1 ? "r" : "a");
      },
    });
    writer.append("line");
    await expect(writer.flush()).rejects.toMatchObject({ code: "EBADF" });
    await writer.flush();
    expect(await readFile(join(folder, "a", "2"), "utf8")).toBe("line\n");
    await writer.close();
  });
});
