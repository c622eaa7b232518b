import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { stringify } from "yaml";
import type { Json } from "../domain/json.ts";
import { checkSpec, parseSpec } from "./check-spec.ts";
import { parseContract } from "./parse-contract.ts";
import { planOf } from "./plan-of.ts";
import { parseReleaseInput } from "./release-input.ts";
import { applySet } from "./set-changes.ts";

const SOUND = {
  slipway: 1,
  model: "churn",
  data: { train: { files: "data/train.csv" }, holdout: { files: "data/holdout.csv" } },
  train: { command: ["python", "train.py"] },
  evaluate: { command: ["python", "evaluate.py"], data: "holdout" },
  serve: { command: ["python", "serve.py"] },
} as const;

const YAML_CHARACTERS = Array.from("{}[]:,-&*!|>'\"#%@` \n?ab1");

/** A path into a spec: mostly of real keys, sometimes of none. */
const specPath = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "data",
        "train",
        "evaluate",
        "serve",
        "environments",
        "gates",
        "0",
        "strategy",
        "canary",
        "steps",
        "files",
      ),
      fc.string({ minLength: 1, maxLength: 5 }),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join("."));

/** Whole numbers beyond exactness are told in a text only: as JSON they are rounded before anyone sees them. */
const exactJson = fc.jsonValue().filter((value) => !/\d{16}/u.test(JSON.stringify(value)));

describe("whatever is sent", () => {
  test.prop([fc.string({ unit: "binary", maxLength: 400 })])("any text is a spec or has problems", (text) => {
    const { spec, problems } = parseSpec(text, "slipway.yaml");
    expect(spec === undefined).toBe(problems.length > 0);
  });

  test.prop([fc.array(fc.constantFrom(...YAML_CHARACTERS), { maxLength: 80 })])(
    "any YAML-like text is a spec or has problems, and a contract or has problems",
    (characters) => {
      const text = characters.join("");
      expect(parseSpec(text, "f").problems.length).toBeGreaterThan(0);
      expect(parseContract(text, "f").problems.length).toBeGreaterThan(0);
    },
  );

  test.prop([fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true })])(
    "any value is a release input or has problems",
    (value) => {
      const { input, problems } = parseReleaseInput(value);
      expect(input === undefined).toBe(problems.length > 0);
      expect(checkSpec(value).problems.length).toBeGreaterThan(0);
    },
  );

  test.prop([specPath, fc.jsonValue()])("any change of a sound spec is a plan or has problems", (path, value) => {
    const changed = applySet(SOUND, { [path]: value as Json });
    const { spec, problems } = checkSpec(changed.document);
    expect(spec === undefined).toBe(problems.length > 0);
    if (spec === undefined) return;
    const plan = planOf(spec, { pipeline: "p", policy: "standard" });
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(checkSpec(spec)).toEqual({ spec, problems: [] });
  });

  test.prop([specPath, exactJson])("the same document has the same problems as YAML and as JSON", (path, value) => {
    const { document } = applySet(SOUND, { [path]: value as Json });
    const text = stringify(document, { aliasDuplicateObjects: false });
    const paths = (problems: readonly { readonly path: string }[]) =>
      problems.map((problem) => problem.path).toSorted();
    expect(paths(parseSpec(text, "f").problems)).toEqual(paths(checkSpec(document).problems));
  });
});
