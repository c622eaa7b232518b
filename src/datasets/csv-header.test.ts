import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { headerOf } from "./csv-header.ts";

describe("a CSV header", () => {
  test.each([
    ["a,b\n1,2\n", ["a", "b"]],
    ["a,b\r\n1,2\r\n", ["a", "b"]],
    ["a,b", ["a", "b"]],
    ['"a ""x"", y",b\n', ['a "x", y', "b"]],
    ['"two\nlines",b\n', ["two\nlines", "b"]],
  ])("%j has the names %j", (text, names) => {
    expect(headerOf(text, true)).toEqual({ names });
  });

  test.each([
    ["a,\n", "has no name for column 2 in its header"],
    ["\n", "has no name for column 1 in its header"],
    ["a,b,a\n", 'has the column "a" twice in its header'],
    ['"a,b\n', "has a quote in its header that never ends, or text behind one"],
    ['"a"x,b\n', "has a quote in its header that never ends, or text behind one"],
  ])("%j %s", (text, fault) => {
    expect(headerOf(text, true)).toEqual({ fault });
  });

  test("that is cut off is refused", () => {
    expect(headerOf("a,b", false)).toHaveProperty("fault");
  });

  test.prop([
    fc.uniqueArray(
      fc.string({ minLength: 1 }).filter((name) => name.trim() !== "" && !name.startsWith("\uFEFF")),
      { minLength: 1 },
    ),
  ])("gives back the names that were quoted into it", (names) => {
    const text = `${names.map((name) => `"${name.replaceAll('"', '""')}"`).join(",")}\r\n1\r\n`;
    expect(headerOf(text, true)).toEqual({ names });
  });
});
