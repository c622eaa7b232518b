import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { checkSpec, parseSpec } from "./check-spec.ts";
import { formatProblems } from "./problem-text.ts";

/** A whole, sound slipway.yaml, and what is said when one thing of it is changed. */
const { sound: SOUND, cases } = parse(readFileSync(new URL("bad-specs.yaml", import.meta.url), "utf8")) as {
  readonly sound: string;
  readonly cases: readonly { what: string; from: string; to: string; says: readonly string[] }[];
};

describe("a slipway.yaml", () => {
  test("that is sound has no problems", () => {
    expect(parseSpec(SOUND, "slipway.yaml").problems).toEqual([]);
  });

  test.each(cases)("with $what is refused at its place", ({ from, to, says }) => {
    expect(SOUND).toContain(from);
    const { spec, problems } = parseSpec(
      SOUND.replace(from, () => to),
      "slipway.yaml",
    );
    expect(formatProblems(problems).split("\n")).toEqual(says.map((line) => `slipway.yaml:${line}`));
    expect(spec).toBeUndefined();
  });

  test("tells all its problems at once, in the order of its lines", () => {
    const text = SOUND.replace("team: growth", "taem: growth")
      .replace("cpu: 1", "cpu: many")
      .replace("[python, evaluate.py]", "python evaluate.py")
      .replace("value: {lowerBound: 0.75}", "onFail: warn")
      .replace("data: holdout", "data: nothing")
      .replace("{setWeight: 50}", "{setWeight: 5}");
    const { problems } = parseSpec(text, "slipway.yaml");
    expect(problems.map(({ line, path }) => [line, path])).toEqual([
      [3, "taem"],
      [13, "train.resources.cpu"],
      [19, "evaluate.command"],
      [20, "evaluate.data"],
      [22, "evaluate.gates[0]"],
      [34, "environments[0].strategy.canary.steps[4].setWeight"],
    ]);
  });

  test("with thousands of problems tells the first, and how many more, in good time", () => {
    const keys = Array.from({ length: 10_000 }, (_, index) => `  k${index}: {}`).join("\n");
    const { problems } = parseSpec(
      SOUND.replace("prepare: []", `prepare: []\nwrong:\n${keys}\n${keys.replaceAll("  k", "k")}`),
      "f",
    );
    expect(problems).toHaveLength(201);
    expect(problems.at(-1)?.message).toBe("and 9801 more problems");
  }, 10_000);

  test("never shows the value of an environment variable", () => {
    const { problems } = parseSpec(SOUND.replace("MODE: fast", "TOKEN: 73911"), "slipway.yaml");
    expect(formatProblems(problems)).not.toContain("73911");
  });
});

describe("a spec given as JSON", () => {
  test("has problems with paths and no places", () => {
    const { problems } = checkSpec({ slipway: 1, model: "m", environments: [{ name: "a b" }] });
    expect(problems.map(({ path }) => path)).toEqual(["data", "train", "evaluate", "serve", "environments[0].name"]);
    expect(problems.every((problem) => problem.line === undefined && problem.file === undefined)).toBe(true);
  });

  test("that was checked before gives itself again", () => {
    const { spec } = parseSpec(SOUND, "slipway.yaml");
    expect(spec).toBeDefined();
    expect(checkSpec(spec)).toEqual({ spec, problems: [] });
  });

  test.each([undefined, null, 5, "slipway: 1", [], new Map(), () => 1])("that is none (%s) is one problem", (value) => {
    expect(checkSpec(value).problems).toHaveLength(1);
  });

  test("that holds itself is refused, not walked for ever", () => {
    const loop: Record<string, unknown> = { slipway: 1 };
    loop["train"] = loop;
    expect(checkSpec(loop).problems[0]?.message).toContain("levels");
  });
});
