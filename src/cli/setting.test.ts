import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { collectSetting } from "./setting.ts";

describe("--set path=value", () => {
  test.each([
    ["train.parameters.rounds=40", 40],
    ["train.command=python train.py", "python train.py"],
    ['train.command=["python","train.py"]', ["python", "train.py"]],
    ["train.env.X=a=b", "a=b"],
    ["train.env.X=", ""],
  ])("%s", (text, value) => {
    const path = text.slice(0, text.indexOf("="));
    expect(collectSetting(text)).toEqual({ [path]: value });
  });

  test.each(["rounds", "=40", "a b=1"])("refuses %s and shows the shape", (text) => {
    expect(() => collectSetting(text)).toThrow("path=value");
  });

  test("keeps what was set before, and the last word on one path wins", () => {
    expect(collectSetting("a=2", collectSetting("b=1", collectSetting("a=1")))).toEqual({ a: 2, b: 1 });
  });

  propertyTest.prop([fc.jsonValue()])("takes any JSON value as it is", (value) => {
    const text = JSON.stringify(value);
    expect(collectSetting(`x=${text}`)["x"]).toEqual(JSON.parse(text));
  });
});
