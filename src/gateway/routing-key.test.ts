import { describe, expect, test } from "vitest";
import { routingKeyOf } from "./routing-key.ts";

const body = Buffer.from(`{"person": 17, "parameters": {"person": "anna"}, "list": [1]}`);

describe("a routing key", () => {
  test("is the named header's value, whatever the case of its name", () => {
    expect(routingKeyOf({ header: "X-Person-Id" }, { "x-person-id": "anna" }, undefined, "id")).toBe("anna");
  });

  test.each([
    ["person", "17"],
    ["parameters.person", "anna"],
  ])("is the value at %s of the body", (bodyField, key) => {
    expect(routingKeyOf({ bodyField }, {}, body, "id")).toBe(key);
  });

  test.each([
    ["there is no rule", undefined, body],
    ["there is no such header", { header: "x-person-id" }, body],
    ["there is no such field", { bodyField: "parameters.name" }, body],
    ["the field is a list", { bodyField: "list" }, body],
    ["the body is not JSON", { bodyField: "person" }, Buffer.from("{")],
    ["the body is too long to be known", { bodyField: "person" }, undefined],
  ])("is the request's id when %s", (_, rule, known) => {
    expect(routingKeyOf(rule, {}, known, "id")).toBe("id");
  });

  test("of great length is told by its digest", () => {
    const long = "x".repeat(1_000);
    const key = routingKeyOf({ header: "x-key" }, { "x-key": long }, undefined, "id");
    expect(key).toMatch(/^sha256:[0-9a-f]{64}$/u);
    expect(routingKeyOf({ header: "x-key" }, { "x-key": `${long}y` }, undefined, "id")).not.toBe(key);
  });
});
