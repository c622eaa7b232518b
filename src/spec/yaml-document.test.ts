import { describe, expect, test } from "vitest";
import { readYaml } from "./yaml-document.ts";

const messagesOf = (text: string): readonly string[] => readYaml(text, "f.yaml").problems.map(({ message }) => message);

describe("a YAML document", () => {
  test("is read as JSON, with aliases resolved", () => {
    expect(readYaml("a: &x {b: 1}\nc: *x\n", "f.yaml").value).toEqual({ a: { b: 1 }, c: { b: 1 } });
  });

  test("keeps texts as texts: no dates, no words for true and false", () => {
    expect(readYaml("a: 2024-01-01\nb: no\nc: 1e3\nd: 0o10\n", "f.yaml").value).toEqual({
      a: "2024-01-01",
      b: "no",
      c: 1000,
      d: 8,
    });
  });

  test("that grows without bounds is refused before it does", () => {
    const layers = Array.from(
      { length: 9 },
      (_, depth) => `l${depth + 1}: &l${depth + 1} [${`*l${depth},`.repeat(9)}]`,
    );
    const bomb = ["l0: &l0 [lol]", ...layers].join("\n");
    expect(messagesOf(bomb)).toEqual([expect.stringContaining("alias")]);
  });

  test.each([
    ["too large", `a: ${"x".repeat(300_000)}`, /more than the 262144 allowed/u],
    ["too deep", "[".repeat(5_000) + "]".repeat(5_000), /levels|cannot be read/u],
    ["far too deep", "[".repeat(200_000), /cannot be read|levels/u],
    ["too wide", `a: [${"1,".repeat(60_000)}]`, /entries/u],
    ["more than one document", "a: 1\n---\nb: 2\n", /multiple documents/u],
    ["binary", "a: \0", /zero byte/u],
    ["of an unknown tag", "a: !ruby/object {}", /Unresolved tag/u],
    ["with an unknown alias", "a: *b", /[Aa]lias/u],
    ["with a tab as indentation", "a:\n\tb: 1", /[Tt]ab/u],
  ])("that is %s is refused", (_, text, says) => {
    const { problems } = readYaml(text, "f.yaml");
    expect(problems[0]?.message).toMatch(says);
    expect(problems[0]).toMatchObject({ file: "f.yaml" });
  });

  test.each([
    ["? [a, b]\n: 1", "a key must be text"],
    ["a: .nan", ".nan is no number that JSON knows; use a finite number or text in quotes"],
    ["a: 9007199254740993", "9007199254740993 cannot be kept exactly as a number; put it in quotes to keep it as text"],
    ["__proto__: {x: 1}", "this name is reserved; choose another"],
  ])("%j is no JSON", (text, message) => {
    expect(messagesOf(text)).toEqual([message]);
  });
});

describe("a place", () => {
  const { locate } = readYaml("a:\n  b: [1, {c: 2}]\nd: *x\ne: &x\n  f: 1\n", "f.yaml");
  test.each([
    [["a", "b", 1, "c"], false, 2, 14],
    [["a", "b", 1, "c"], true, 2, 11],
    [["a", "b", 7], false, 2, 3],
    [["a", "missing", "deep"], false, 1, 1],
    [["e", "f"], false, 5, 6],
    [[], false, 1, 1],
  ])("of %j (key: %s) is line %i, column %i", (path, atKey, line, column) => {
    expect(locate(path as PropertyKey[], atKey)).toEqual({ file: "f.yaml", line, column });
  });
});
