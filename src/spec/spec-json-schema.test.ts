import { describe, expect, test } from "vitest";
import { isRecord } from "../domain/json.ts";
import { specJsonSchema } from "./spec-json-schema.ts";

type Visit = (path: string, schema: Readonly<Record<string, unknown>>) => void;

function eachField(schema: unknown, path: string, visit: Visit): void {
  if (!isRecord(schema)) return;
  const { properties, items, anyOf, additionalProperties } = schema;
  for (const [name, field] of Object.entries(isRecord(properties) ? properties : {})) {
    if (isRecord(field)) visit(`${path}.${name}`, field);
    eachField(field, `${path}.${name}`, visit);
  }
  eachField(items, `${path}[]`, visit);
  eachField(additionalProperties, `${path}.*`, visit);
  for (const option of Array.isArray(anyOf) ? anyOf : []) eachField(option, path, visit);
}

describe("the JSON Schema of slipway.yaml", () => {
  const schema = specJsonSchema();

  test("is of draft 2020-12 and refuses unknown keys", () => {
    expect(schema["$schema"]).toBe("https://json-schema.org/draft/2020-12/schema");
    expect(schema["additionalProperties"]).toBe(false);
    expect(schema["required"]).toEqual(["slipway", "model", "data", "train", "evaluate", "serve"]);
  });

  test("describes every field", () => {
    const bare: string[] = [];
    eachField(schema, "", (path, field) => {
      if (typeof field["description"] !== "string" || field["description"].length < 8) bare.push(path);
    });
    expect(bare).toEqual([]);
  });
});
