import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseContract } from "./parse-contract.ts";
import { formatProblems } from "./problem-text.ts";

const { sound: SOUND, cases } = parse(readFileSync(new URL("bad-contracts.yaml", import.meta.url), "utf8")) as {
  readonly sound: string;
  readonly cases: readonly { what: string; from: string; to: string; says: readonly string[] }[];
};

describe("a data contract", () => {
  test("that is sound gives its columns and rules by name", () => {
    const { contract, problems } = parseContract(SOUND, "c.yaml");
    expect(problems).toEqual([]);
    expect(contract?.columns.map(({ name, physicalType }) => [name, physicalType])).toEqual([
      ["id", undefined],
      ["age", undefined],
      ["name", "VARCHAR"],
      ["seen", undefined],
    ]);
    expect(contract?.rules.map(({ name }) => name)).toEqual([
      "rowCount mustBeGreaterThan 0",
      "id: required",
      "age: minimum 0",
      "name: maxLength 80",
      "seen: nullValues mustBe 0",
      "id: primary key",
      "seen: freshness",
    ]);
  });

  test.each(cases)("with $what is refused at its place", ({ from, to, says }) => {
    expect(SOUND).toContain(from);
    const { contract, problems } = parseContract(
      SOUND.replace(from, () => to),
      "c.yaml",
    );
    expect(
      formatProblems(problems)
        .split("\n")
        .map((line) => line.replace(/^c\.yaml:/u, "")),
    ).toEqual(says);
    expect(contract).toBeUndefined();
  });

  test("tells all its problems at once", () => {
    const text = SOUND.replace("status: active", "state: active")
      .replace("rowCount", "rows")
      .replace("{minimum: 0}", "{minimun: 0}")
      .replace("maxLength: 80", "maximum: 80")
      .replace("mustBe: 0", "mustBe: none");
    expect(parseContract(text, "c.yaml").problems.map(({ line, path }) => [line, path])).toEqual([
      [1, "status"],
      [5, "state"],
      [10, "schema[0].quality[0].metric"],
      [13, "schema[0].properties[1].logicalTypeOptions.minimun"],
      [14, "schema[0].properties[2].logicalTypeOptions.maximum"],
      [15, "schema[0].properties[3].quality[0].mustBe"],
    ]);
  });

  test("that promises nothing is refused", () => {
    const empty = SOUND.slice(0, SOUND.indexOf("    quality"));
    expect(parseContract(empty, "c.yaml").problems[0]?.message).toContain("promises nothing");
  });

  test("may describe as much as it likes", () => {
    const words =
      "domain: d\ntenant: t\nprice: {priceAmount: 1}\nsupport: [{channel: c}]\nroles: [{role: r}]\ncustomProperties: [{property: a, value: b}]\n";
    const text = SOUND.replace("description:", `${words}description:`).replace(
      "{metric: nullValues, mustBe: 0}",
      "{type: text, description: by hand}",
    );
    expect(parseContract(text, "c.yaml").problems).toEqual([]);
  });

  test("tells rules of one name apart", () => {
    const text = SOUND.replace(
      "[{metric: nullValues, mustBe: 0}]",
      "[{metric: nullValues, mustBe: 0}, {metric: nullValues, mustBe: 0}]",
    );
    const names = parseContract(text, "c.yaml").contract?.rules.map(({ name }) => name);
    expect(names).toContain("seen: nullValues mustBe 0 (2)");
  });

  test.each([
    ["classification: restricted", true],
    ["classification: anything-else", true],
    ["tags: [PII]", true],
    ["classification: public", false],
    ["classification: internal", false],
    ["description: plain", false],
  ])("hides the values of a column with %s: %s", (words, sensitive) => {
    const { contract } = parseContract(SOUND.replace("{name: age,", `{name: age, ${words},`), "c.yaml");
    expect(contract?.columns[1]?.sensitive).toBe(sensitive);
  });
});
