import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { segmentFile } from "../gateway/state-layout.ts";
import { createJsonLinesTail, type JsonLinesTail } from "./json-lines-tail.ts";

describe("a tail of JSON lines", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-tail-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const segment = (sequence: number, tag = "a") => join(folder, segmentFile({ sequence, begunAtMs: sequence, tag }));

  test("of a folder that is not there is empty", async () => {
    const tail = createJsonLinesTail(join(folder, "not-yet"), () => true);
    expect(await newLines(tail)).toEqual([]);
  });

  test("gives each line once, in order, over all segments", async () => {
    const tail = createJsonLinesTail(folder, () => true);
    await writeFile(segment(2), "3\n");
    await writeFile(segment(1), "1\n2\n");
    expect(await newLines(tail)).toEqual([1, 2, 3]);
    await appendFile(segment(2), "4\n");
    await writeFile(segment(3), "5\n");
    expect(await newLines(tail)).toEqual([4, 5]);
    expect(await newLines(tail)).toEqual([]);
  });

  test("waits for the end of a line", async () => {
    const tail = createJsonLinesTail(folder, () => true);
    await writeFile(segment(1), `"who`);
    expect(await newLines(tail)).toEqual([]);
    await appendFile(segment(1), `le"\n"next`);
    expect(await newLines(tail)).toEqual(["whole"]);
    await appendFile(segment(1), `"\n`);
    expect(await newLines(tail)).toEqual(["next"]);
  });

  test("passes over a torn line and files that are no segments", async () => {
    const tail = createJsonLinesTail(folder, () => true);
    await writeFile(segment(1), `1\n{"torn": \n2\n`);
    await writeFile(join(folder, "notes.txt"), "3\n");
    expect(await newLines(tail)).toEqual([1, 2]);
  });

  test("reads lines and files longer than its buffer, whatever the alphabet", async () => {
    const tail = createJsonLinesTail(folder, () => true);
    const long = "é".repeat(1_500_000);
    const many = Array.from({ length: 50_000 }, (_, index) => `"zeile-ü-${index}-${"x".repeat(40)}"`);
    await writeFile(segment(1), `"${long}"\n${many.join("\n")}\n`);
    const lines = await newLines(tail);
    expect(lines).toHaveLength(50_001);
    expect(lines[0]).toBe(long);
    expect(JSON.stringify(lines.at(-1))).toBe(many.at(-1));
  });

  test("reads the segments wanted, and knows which one follows", async () => {
    await writeFile(segment(1, "a"), "1\n");
    await writeFile(segment(2, "b"), "2\n");
    await writeFile(segment(3, "a"), "3\n");
    expect(await newLines(createJsonLinesTail(folder, ({ tag }) => tag === "a"))).toEqual([1, 3]);
    expect(await newLines(createJsonLinesTail(folder, (_, next) => next === undefined))).toEqual([3]);
  });
});

async function newLines(tail: JsonLinesTail): Promise<readonly unknown[]> {
  const lines: unknown[] = [];
  await tail.read((line) => lines.push(line));
  return lines;
}
