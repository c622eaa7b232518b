import { describe, expect, test } from "vitest";
import { parseLabelLine } from "./label-record.ts";

const read = (text: string) => parseLabelLine(text, 3, 1_000);

describe("a line of labels", () => {
  test("is about the request's first row unless it says otherwise", () => {
    expect(read(`{"id":"a","label":1}`)).toEqual({ id: "a", row: 0, label: 1, receivedAtMs: 1_000 });
    expect(read(`{"id":"a","label":"yes","row":4,"at":"2026-01-02T03:04:05Z"}`)).toEqual({
      id: "a",
      row: 4,
      label: "yes",
      at: "2026-01-02T03:04:05Z",
      receivedAtMs: 1_000,
    });
  });

  test.each([
    ["{", "is not JSON"],
    ["[]", "expected object"],
    [`{"label":1}`, "id: "],
    [`{"id":"","label":1}`, "id: "],
    [`{"id":"a"}`, "label: must be a number"],
    [`{"id":"a","label":null}`, "label: must be a number"],
    [`{"id":"a","label":1,"row":-1}`, "row: "],
    [`{"id":"a","label":1,"at":"yesterday"}`, "at: must be ISO 8601"],
    [`{"id":"a","label":1,"value":2}`, "value"],
  ])("is refused with its number when it reads %s", (text, message) => {
    expect(read(text)).toEqual({ line: 3, message: expect.stringContaining(message) });
  });
});
