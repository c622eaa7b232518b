import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Verdict } from "../../src/domain/verdict.ts";
import { checkHere, contractText, createDataWorkplace, type DataWorkplace } from "../support/data-files.ts";

const PEOPLE = `
  SELECT range AS id, 20 + range % 50 AS age, (range % 10) / 10.0::DOUBLE AS score,
    CASE range % 3 WHEN 0 THEN 'red' WHEN 1 THEN 'green' ELSE 'blue' END AS colour,
    'person' || range || '@example.org' AS email,
    TIMESTAMP '2024-05-01' + INTERVAL (range) MINUTE AS seen, DATE '2024-05-01' + (range % 30)::INTEGER AS day,
    range % 2 = 0 AS active
  FROM range(1000)`;

let place: DataWorkplace;
beforeAll(async () => {
  place = await createDataWorkplace();
  await place.copy(PEOPLE, "people.parquet");
  await place.copy(PEOPLE, "people.csv");
});
afterAll(async () => place[Symbol.asyncDispose]());

async function verdictOf(file: string, contract: string, name: string): Promise<Verdict> {
  const verdicts = await checkHere(place, file, contract);
  const verdict = verdicts.find((candidate) => candidate.name === name);
  if (verdict === undefined) throw new Error(`no verdict ${name} among ${verdicts.map((v) => v.name).join("; ")}`);
  return verdict;
}

/** One property with a rule that holds, the same with one that does not, and what the second finds. */
const RULES: readonly {
  readonly rule: string;
  readonly holds: string;
  readonly breaks: string;
  readonly name: string;
  readonly observed: number;
}[] = [
  {
    rule: "required",
    holds: "{name: age, logicalType: integer, required: true}",
    breaks: "{name: gap, logicalType: integer, required: true}",
    name: "gap: required",
    observed: 100,
  },
  {
    rule: "unique",
    holds: "{name: id, logicalType: integer, unique: true}",
    breaks: "{name: age, logicalType: integer, unique: true}",
    name: "age: unique",
    observed: 950,
  },
  {
    rule: "primaryKey",
    holds: "{name: id, logicalType: integer, primaryKey: true}",
    breaks: "{name: colour, logicalType: string, primaryKey: true}",
    name: "colour: primary key",
    observed: 997,
  },
  {
    rule: "minimum",
    holds: "{name: age, logicalType: integer, logicalTypeOptions: {minimum: 20}}",
    breaks: "{name: age, logicalType: integer, logicalTypeOptions: {minimum: 21}}",
    name: "age: minimum 21",
    observed: 20,
  },
  {
    rule: "exclusiveMaximum",
    holds: "{name: score, logicalType: number, logicalTypeOptions: {exclusiveMaximum: 1}}",
    breaks: "{name: score, logicalType: number, logicalTypeOptions: {exclusiveMaximum: 0.9}}",
    name: "score: exclusiveMaximum 0.9",
    observed: 100,
  },
  {
    rule: "a date's maximum",
    holds: '{name: day, logicalType: date, logicalTypeOptions: {maximum: "2024-05-30"}}',
    breaks: '{name: day, logicalType: date, logicalTypeOptions: {maximum: "2024-05-29"}}',
    name: "day: maximum 2024-05-29",
    observed: 33,
  },
  {
    rule: "a time's minimum",
    holds: '{name: seen, logicalType: timestamp, logicalTypeOptions: {minimum: "2024-05-01T00:00:00Z"}}',
    breaks: '{name: seen, logicalType: timestamp, logicalTypeOptions: {minimum: "2024-05-01T00:10:00Z"}}',
    name: "seen: minimum 2024-05-01T00:10:00Z",
    observed: 10,
  },
  {
    rule: "maxLength",
    holds: "{name: colour, logicalType: string, logicalTypeOptions: {maxLength: 5}}",
    breaks: "{name: colour, logicalType: string, logicalTypeOptions: {maxLength: 4}}",
    name: "colour: maxLength 4",
    observed: 333,
  },
  {
    rule: "minLength",
    holds: "{name: colour, logicalType: string, logicalTypeOptions: {minLength: 3}}",
    breaks: "{name: colour, logicalType: string, logicalTypeOptions: {minLength: 4}}",
    name: "colour: minLength 4",
    observed: 334,
  },
  {
    rule: "pattern",
    holds: "{name: email, logicalType: string, logicalTypeOptions: {pattern: '^person[0-9]+@'}}",
    breaks: "{name: email, logicalType: string, logicalTypeOptions: {pattern: '^person[0-9]{1,2}@'}}",
    name: "email: pattern",
    observed: 900,
  },
  {
    rule: "format",
    holds: "{name: email, logicalType: string, logicalTypeOptions: {format: email}}",
    breaks: "{name: colour, logicalType: string, logicalTypeOptions: {format: email}}",
    name: "colour: format email",
    observed: 1000,
  },
  {
    rule: "nullValues",
    holds: "{name: age, quality: [{metric: nullValues, mustBe: 0}]}",
    breaks: "{name: gap, quality: [{metric: nullValues, mustBeLessThan: 10, unit: percent}]}",
    name: "gap: nullValues mustBeLessThan 10 percent",
    observed: 10,
  },
  {
    rule: "missingValues",
    holds: "{name: colour, quality: [{metric: missingValues, mustBe: 0, arguments: {missingValues: ['', 'N/A']}}]}",
    breaks: "{name: colour, quality: [{metric: missingValues, mustBe: 0, arguments: {missingValues: [red]}}]}",
    name: "colour: missingValues mustBe 0",
    observed: 334,
  },
  {
    rule: "invalidValues by list",
    holds:
      "{name: colour, quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [red, green, blue]}}]}",
    breaks:
      "{name: colour, quality: [{metric: invalidValues, mustBeLessOrEqualTo: 100, arguments: {validValues: [red, green]}}]}",
    name: "colour: invalidValues mustBeLessOrEqualTo 100",
    observed: 333,
  },
  {
    rule: "invalidValues of numbers",
    holds:
      "{name: score, logicalType: number, quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]}}]}",
    breaks:
      "{name: score, logicalType: number, quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [0.1]}}]}",
    name: "score: invalidValues mustBe 0",
    observed: 900,
  },
  {
    rule: "invalidValues by pattern",
    holds: "{name: colour, quality: [{metric: invalidValues, mustBe: 0, arguments: {pattern: '^[a-z]+$'}}]}",
    breaks: "{name: colour, quality: [{metric: invalidValues, mustBe: 0, arguments: {pattern: '^[a-d]'}}]}",
    name: "colour: invalidValues mustBe 0",
    observed: 667,
  },
  {
    rule: "duplicateValues",
    holds: "{name: age, quality: [{metric: duplicateValues, mustBeBetween: [900, 950]}]}",
    breaks: "{name: age, quality: [{metric: duplicateValues, mustNotBeBetween: [900, 950]}]}",
    name: "age: duplicateValues mustNotBeBetween 900 and 950",
    observed: 950,
  },
];

describe.each(["parquet", "csv"])("a contract on %s files", (format) => {
  const file = `people-gap.${format}`;
  beforeAll(async () => {
    await place.copy(`SELECT *, CASE WHEN id % 10 <> 0 THEN age END AS gap FROM (${PEOPLE})`, file);
  });

  test.each(RULES)("$rule passes what keeps it", async ({ holds }) => {
    const verdicts = await checkHere(place, file, contractText(`- ${holds}`));
    expect(verdicts.filter(({ status }) => status !== "Successful")).toEqual([]);
    expect(verdicts.length).toBeGreaterThan(3);
  });

  test.each(RULES)("$rule fails what breaks it, with the count and the rows", async ({ breaks, name, observed }) => {
    const verdict = await verdictOf(file, contractText(`- ${breaks}`), name);
    expect(verdict).toMatchObject({ status: "Failed", observed, n: 1000 });
    expect(verdict.evidence).toMatchObject({ engine: expect.stringMatching(/^duckdb v\d/u) as string });
    expect(verdict.evidence?.["statement"]).toMatch(/^sha256:[0-9a-f]{64}$/u);
    const rows = verdict.evidence?.["rows"] as readonly unknown[];
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length).toBeLessThanOrEqual(20);
  });
});

const promising = (hours: number): string =>
  contractText("- {name: seen, logicalType: timestamp}", {
    document: `slaProperties: [{property: freshness, value: ${hours}, unit: h, element: t.seen}]`,
  });

describe("rules of a table", () => {
  test("rowCount fails outside its range and names the nearer end", async () => {
    const table = "quality: [{metric: rowCount, mustBeBetween: [2000, 3000]}]";
    const contract = contractText("- {name: id}", { table });
    const verdict = await verdictOf("people.parquet", contract, "rowCount mustBeBetween 2000 and 3000");
    expect(verdict).toMatchObject({ status: "Failed", observed: 1000, bound: 2000 });
  });

  test("duplicateValues over several columns counts rows beyond the first", async () => {
    const table = "quality: [{metric: duplicateValues, mustBe: 0, arguments: {properties: [age, colour]}}]";
    const contract = contractText("- {name: age}\n- {name: colour}", { table });
    const verdict = await verdictOf("people.parquet", contract, "duplicateValues mustBe 0");
    expect(verdict).toMatchObject({ status: "Failed", observed: 850 });
    expect(verdict.evidence).toHaveProperty(["rows", 0, "(times)"], 7);
  });

  test("freshness passes a newest row within its time and fails an older one", async () => {
    const newest = Date.parse("2024-05-01T16:39:00Z");
    const asOfMs = newest + 5 * 3_600_000;
    const fresh = await checkHere(place, "people.parquet", promising(5), asOfMs);
    const stale = await checkHere(place, "people.parquet", promising(4.9), asOfMs);
    expect(fresh.at(-1)).toMatchObject({
      name: "seen: freshness",
      status: "Successful",
      observed: 18_000_000,
    });
    expect(stale.at(-1)).toMatchObject({ status: "Failed", observed: 18_000_000, bound: 17_640_000 });
  });

  test("rows from the future do not make old data fresh, and are told", async () => {
    await place.copy(
      "SELECT TIMESTAMP '2024-05-01' AS seen UNION ALL SELECT TIMESTAMP '2099-01-01' UNION ALL SELECT TIMESTAMP 'infinity'",
      "future.parquet",
    );
    const contract = contractText("- {name: seen, logicalType: timestamp}", {
      document: "slaProperties: [{property: latency, value: 1, unit: d, element: seen}]",
    });
    const asOfMs = Date.parse("2024-05-01T12:00:00Z");
    const fresh = await checkHere(place, "future.parquet", contract, asOfMs);
    expect(fresh.at(-1)).toMatchObject({ status: "Warning", reason: "futureTimes", observed: 43_200_000 });
    const stale = await checkHere(place, "future.parquet", contract, asOfMs + 86_400_000);
    expect(stale.at(-1)).toMatchObject({ status: "Failed" });
  });

  test("a rule of mild severity warns and stops nothing", async () => {
    const contract = contractText("- {name: age, quality: [{metric: nullValues, mustBe: 5, severity: warning}]}");
    const report = await place.check({ files: ["people.parquet"] }, { contract });
    expect(report.status).toBe("Warning");
    expect(report.verdicts.at(-1)).toMatchObject({ status: "Warning", observed: 0, bound: 5 });
  });
});

describe("what a report shows", () => {
  test("values of sensitive columns are masked, the key still finds the row", async () => {
    const properties = `
- {name: id, logicalType: integer, primaryKey: true}
- {name: email, logicalType: string, classification: restricted, logicalTypeOptions: {pattern: "^nobody"}}`;
    const report = await place.check({ files: ["people.parquet"] }, { contract: contractText(properties) });
    const verdict = report.verdicts.find(({ name }) => name === "email: pattern");
    const rows = verdict?.evidence?.["rows"] as readonly Record<string, string>[];
    expect(rows).toHaveLength(20);
    expect(rows[0]).toEqual({ id: expect.stringMatching(/^\d+$/u) as string, email: "(masked)" });
    expect(JSON.stringify(report)).not.toContain("@example.org");
  });

  test("the same data and contract give the same report", async () => {
    const contract = contractText("- {name: age, logicalType: integer, logicalTypeOptions: {minimum: 0}}");
    const once = await place.check({ files: ["people.parquet"] }, { contract });
    const again = await place.check({ files: ["people.parquet"] }, { contract });
    expect(again).toEqual(once);
  });

  test("hostile names of columns are names and nothing else", async () => {
    const evil = `x"); DROP TABLE t; --'`;
    const column = `"${evil.replaceAll('"', '""')}"`;
    for (const file of ["evil.parquet", "evil.csv"]) {
      await place.copy(`SELECT range AS ${column} FROM range(5)`, file);
      const properties = `- {name: ${JSON.stringify(evil)}, logicalType: integer, required: true, logicalTypeOptions: {maximum: 3}}`;
      const verdicts = await checkHere(place, file, contractText(properties));
      expect(verdicts.at(-1)).toMatchObject({ name: `${evil}: maximum 3`, status: "Failed", observed: 1 });
    }
  });
});
