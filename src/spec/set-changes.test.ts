import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { Json } from "../domain/json.ts";
import { applySet } from "./set-changes.ts";

const DOCUMENT = {
  train: { parameters: { rounds: 60, "learning.rate": 0.1 }, command: ["python", "train.py"] },
  model: "churn",
};

describe("changes by dotted path", () => {
  test.each<[string, Json, unknown]>([
    [
      "train.parameters.rounds",
      40,
      { train: { ...DOCUMENT.train, parameters: { ...DOCUMENT.train.parameters, rounds: 40 } }, model: "churn" },
    ],
    ["train.command.1", "other.py", { ...DOCUMENT, train: { ...DOCUMENT.train, command: ["python", "other.py"] } }],
    [
      "train.command.2",
      "--fast",
      { ...DOCUMENT, train: { ...DOCUMENT.train, command: ["python", "train.py", "--fast"] } },
    ],
    ["serve.env.MODE", "x", { ...DOCUMENT, serve: { env: { MODE: "x" } } }],
    [
      String.raw`train.parameters.learning\.rate`,
      1,
      { ...DOCUMENT, train: { ...DOCUMENT.train, parameters: { rounds: 60, "learning.rate": 1 } } },
    ],
  ])("%s", (path, value, expected) => {
    expect(applySet(DOCUMENT, { [path]: value })).toEqual({ document: expected, problems: [] });
  });

  test.each([
    ["", "has an empty part; write a path such as train.parameters.rounds"],
    ["train..rounds", "has an empty part; write a path such as train.parameters.rounds"],
    ["model.name", 'there is no name below the string "churn"'],
    ["train.command.first", "first is no place in a list of 2; count from 0, 2 adds one"],
    ["train.command.7", "7 is no place in a list of 2; count from 0, 2 adds one"],
    ["train.__proto__.x", "the name __proto__ is reserved"],
  ])("%j changes nothing and says why", (path, message) => {
    expect(applySet(DOCUMENT, { [path]: 1 })).toEqual({ document: DOCUMENT, problems: [{ path, message }] });
  });

  test("those that can be made are made beside one that cannot", () => {
    const { document, problems } = applySet(DOCUMENT, { "model.x": 1, model: "other" });
    expect(document["model"]).toBe("other");
    expect(problems).toHaveLength(1);
  });

  test.prop([fc.stringMatching(/^[a-z]{1,4}(\.[a-z]{1,4}){0,3}$/u), fc.jsonValue()])(
    "made twice are made once, and never touch the document they were made to",
    (path, value) => {
      const before = structuredClone(DOCUMENT);
      const once = applySet(DOCUMENT, { [path]: value as Json });
      expect(applySet(once.document, { [path]: value as Json }).document).toEqual(once.document);
      expect(DOCUMENT).toEqual(before);
    },
  );
});
