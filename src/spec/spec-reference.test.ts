import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isRecord } from "../domain/json.ts";
import { parseSpec } from "./check-spec.ts";
import { jobShape } from "./job-schema.ts";
import { parseContract } from "./parse-contract.ts";
import { specJsonSchema } from "./spec-json-schema.ts";

type Schema = Readonly<Record<string, unknown>>;

const INTRODUCTION = `# slipway.yaml

Every field of the file that describes a pipeline. \`slipway validate\` tells all problems of a file with their lines;
\`slipway schema\` prints the JSON Schema for editors. Durations are texts such as \`250ms\`, \`30s\` or \`1h30m\`; paths are
relative to the pipeline's folder and stay within it; only \`files\` may be absolute, on the machines of the workers.

A short file is enough:

\`\`\`yaml
slipway: 1
model: churn
data:
  train: { files: data/train.csv }
  holdout: { files: data/holdout.csv }
train: { command: [python, train.py] }
evaluate: { command: [python, evaluate.py], data: holdout }
serve: { command: [python, serve.py] }
\`\`\`

## Fields
`;

/** One line for each field, nested as in the file; what every job has is told once, of the training. */
function fieldLines(schema: Schema, depth: number, told: ReadonlySet<string> = new Set()): readonly string[] {
  const { properties, required } = schema;
  if (!isRecord(properties)) return [];
  return Object.entries(properties).flatMap(([name, field]) => {
    if (!isRecord(field) || told.has(name)) return [];
    const isRequired = Array.isArray(required) && required.includes(name);
    const words = [kindOf(field), ...(isRequired ? ["required"] : [])].join(", ");
    const line = `${"  ".repeat(depth)}- \`${name}\` (${words}): ${String(field["description"])}${defaultOf(field)}`;
    if (depth > 0 || !["prepare", "evaluate"].includes(name)) return [line, ...fieldLines(innerOf(field), depth + 1)];
    const own = fieldLines(innerOf(field), depth + 1, JOB_KEYS);
    return [line, ...own, "  - and `command`, `parameters`, `resources` and all else that `train` has."];
  });
}

const JOB_KEYS = new Set(Object.keys(jobShape));

function innerOf({ items, additionalProperties, ...field }: Schema): Schema {
  if (isRecord(items)) return items;
  return isRecord(additionalProperties) ? additionalProperties : field;
}

function kindOf(field: Schema): string {
  const { type, anyOf, additionalProperties, items } = field;
  if (Array.isArray(field["enum"])) return field["enum"].map((value) => `\`${String(value)}\``).join(" or ");
  if ("const" in field) return `\`${String(field["const"])}\``;
  if (Array.isArray(anyOf)) return anyOf.map((option) => (isRecord(option) ? kindOf(option) : "")).join(" or ");
  if (type === "array") return isRecord(items) && items["type"] === "string" ? "list of texts" : "list";
  if (type === "object") return isRecord(additionalProperties) ? "values by name" : "group";
  const words: Readonly<Record<string, string>> = { string: "text", integer: "whole number", boolean: "true or false" };
  return words[String(type)] ?? (typeof type === "string" ? type : "any value");
}

function defaultOf({ default: value }: Schema): string {
  const text = JSON.stringify(value);
  return text === undefined || text === "{}" || text === "[]" || text.length > 40 ? "" : ` Default: \`${text}\`.`;
}

test("docs/spec.md tells every field of the schema", async () => {
  const text = `${INTRODUCTION}\n${fieldLines(specJsonSchema(), 0).join("\n")}\n`;
  await expect(text).toMatchFileSnapshot("../../docs/spec.md");
});

test("the example of docs/spec.md is sound", () => {
  expect(parseSpec(exampleOf(INTRODUCTION), "docs/spec.md").problems).toEqual([]);
});

test("the example of docs/data-contracts.md is sound", () => {
  const text = readFileSync(new URL("../../docs/data-contracts.md", import.meta.url), "utf8");
  expect(parseContract(exampleOf(text), "docs/data-contracts.md").problems).toEqual([]);
});

function exampleOf(markdown: string): string {
  return /```yaml\n([\s\S]*?)```/u.exec(markdown)?.[1] ?? "";
}
