import { fc, test as law } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { storable } from "./storable.ts";

/** Text with what PostgreSQL refuses: U+0000 and halves of surrogate pairs. */
const anyText = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) });
const anyJson = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    anyText,
    fc.array(tie("value")),
    fc.dictionary(anyText, tie("value")),
  ),
})).value;

describe("a value made storable", () => {
  law.prop([anyJson])("has no character that PostgreSQL cannot keep", (value) => {
    const text = JSON.stringify(storable(value));
    expect(text.replaceAll("\\\\", "")).not.toMatch(/\\u0000|\\ud[89a-f]/u);
  });

  law.prop([anyJson])("is left by another go as it is", (value) => {
    const once = storable(value);
    expect(storable(once)).toEqual(once);
  });

  law.prop([fc.jsonValue({ noUnicodeString: false })])("is the same when it was storable", (value) => {
    fc.pre(!/\\u0000|\\ud[89a-f]/u.test(JSON.stringify(value)));
    expect(storable(value)).toEqual(value);
  });

  test("keeps whole pairs, and has U+FFFD where a half or a zero was", () => {
    expect(storable({ "a\0": ["\u{1F600}", "\u{D83D}", "x\0y"] })).toEqual({
      "a\u{FFFD}": ["\u{1F600}", "\u{FFFD}", "x\u{FFFD}y"],
    });
  });
});
