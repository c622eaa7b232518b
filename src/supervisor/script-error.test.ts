import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { parseScriptError } from "./script-error.ts";

describe("error.json", () => {
  test("gives type, message and whether trying again helps", () => {
    const text = '{"type":"DataError","message":"no rows","retryable":false,"traceback":"…"}';
    expect(parseScriptError(text)).toEqual({ type: "DataError", message: "no rows", retryable: false });
  });

  test("may hold less, or something else under those names", () => {
    expect(parseScriptError('{"message":3,"retryable":"no","type":"X"}')).toEqual({ type: "X" });
  });

  test.each(["", "{", "null", "[]", '"text"'])("is none: %s", (text) => {
    expect(parseScriptError(text)).toBeUndefined();
  });

  test.prop([fc.string({ minLength: 2_001, maxLength: 3_000 })])("is cut where it is long", (message) => {
    expect(parseScriptError(JSON.stringify({ message }))?.message).toHaveLength(2_000);
  });
});
