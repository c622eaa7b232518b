import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Verdict } from "../../src/domain/verdict.ts";
import { checkHere, contractText, createDataWorkplace, type DataWorkplace } from "../support/data-files.ts";

let place: DataWorkplace;
beforeAll(async () => {
  place = await createDataWorkplace();
});
afterAll(async () => place[Symbol.asyncDispose]());

const named = (verdicts: readonly Verdict[], name: string): Verdict | undefined =>
  verdicts.find((verdict) => verdict.name === name);

const AGE = contractText("- {name: age, logicalType: integer, required: true, logicalTypeOptions: {minimum: 0}}");

describe("files that cannot be read are an error with the file's name, and no rule passes", () => {
  const cases: readonly {
    readonly what: string;
    readonly file: string;
    readonly content: string | Buffer;
    readonly says: RegExp;
  }[] = [
    { what: "an empty Parquet file", file: "empty.parquet", content: "", says: /^empty\.parquet is empty/u },
    {
      what: "a broken Parquet file",
      file: "broken.parquet",
      content: "PAR1 no PAR1",
      says: /^broken\.parquet cannot be read as Parquet: Footer length/u,
    },
    {
      what: "a CSV file called Parquet",
      file: "really-csv.parquet",
      content: "age\n1\n2\n3\n4\n5\n6\n",
      says: /^really-csv\.parquet cannot be read as Parquet: No magic bytes/u,
    },
    { what: "an empty CSV file", file: "empty.csv", content: "", says: /^empty\.csv is empty/u },
    {
      what: "a quote that never ends",
      file: "quote.csv",
      content: 'age,b\n1,"x\n2,y\n',
      says: /^quote\.csv cannot be read: line 2: Value with unterminated quote/u,
    },
    {
      what: "a record with too many fields",
      file: "wide.csv",
      content: "age,b\n1,x\n2,y,z\n",
      says: /^wide\.csv cannot be read: line 3: Expected Number of Columns: 2 Found: 3/u,
    },
    {
      what: "a record with too few fields",
      file: "narrow.csv",
      content: "age,b\n1,x\n2\n3,y\n",
      says: /^narrow\.csv cannot be read: line 3: Expected Number of Columns: 2 Found: 1/u,
    },
    {
      what: "bytes that are no UTF-8",
      file: "bytes.csv",
      content: Buffer.concat([
        Buffer.from("age,b\n"),
        Buffer.alloc(1 << 20, "1,x\n"),
        Buffer.from([0x31, 0x2c, 0xff, 0x0a]),
      ]),
      says: /^bytes\.csv cannot be read: line \d+: Invalid unicode/u,
    },
    {
      what: "a header in Latin-1",
      file: "latin.csv",
      content: Buffer.from([0x61, 0xe4, 0x2c, 0x62, 0x0a]),
      says: /^latin\.csv is not in UTF-8/u,
    },
    {
      what: "a header with a name twice",
      file: "twice.csv",
      content: "age,age\n1,2\n",
      says: /^twice\.csv has the column "age" twice/u,
    },
    {
      what: "a header without a name",
      file: "nameless.csv",
      content: "age,\n1,2\n",
      says: /^nameless\.csv has no name for column 2/u,
    },
    {
      what: "an unended quote in the header",
      file: "header.csv",
      content: '"age,b\n1,2\n',
      says: /^header\.csv has a quote in its header that never ends/u,
    },
    {
      what: "a record beyond all bounds",
      file: "long.csv",
      content: `age\n${"1".repeat(9_000_000)}\n`,
      says: /^long\.csv cannot be read: line 2: Maximum line size/u,
    },
  ];

  test.each(cases)("$what", async ({ file, content, says }) => {
    await place.write(file, content);
    const verdicts = await checkHere(place, file, AGE);
    expect(named(verdicts, "files")).toMatchObject({
      status: "Error",
      reason: "unreadable",
      message: expect.stringMatching(says) as string,
    });
    expect(named(verdicts, "age: required")).toMatchObject({ status: "Error", reason: "notEvaluated" });
    expect(verdicts.every(({ status }) => status === "Error")).toBe(true);
    expect(JSON.stringify(verdicts)).not.toContain(place.dir);
  });

  test("the broken one among good ones is named", async () => {
    await place.write("many/a.csv", "age\n1\n");
    await place.write("many/b.csv", 'age\n"1\n');
    await place.write("many/c.csv", "age\n3\n");
    expect(named(await checkHere(place, "many/*.csv", AGE), "files")?.message).toMatch(
      /^many\/b\.csv cannot be read: line 2/u,
    );
  });

  test("a Parquet file whose pages are damaged behind a whole footer", async () => {
    const path = await place.copy("SELECT hash(range)::VARCHAR AS age FROM range(200000)", "pages.parquet");
    const { open } = await import("node:fs/promises");
    const file = await open(path, "r+");
    await file.write(Buffer.alloc(50_000, 0x5a), 0, 50_000, 100_000);
    await file.close();
    const verdicts = await checkHere(place, "pages.parquet", contractText("- {name: age, unique: true}"));
    expect(named(verdicts, "files")).toMatchObject({
      status: "Error",
      message: expect.stringMatching(/^pages\.parquet cannot be read/u) as string,
    });
  });
});

describe("files that do not fit together", () => {
  test("a column of another type fails with both files and types", async () => {
    await place.copy("SELECT 1::INTEGER AS age", "mixed/a.parquet");
    await place.copy("SELECT 'x' AS age", "mixed/b.parquet");
    const verdicts = await checkHere(place, "mixed/*.parquet", AGE);
    const message = "mixed/b.parquet differs from mixed/a.parquet: age is VARCHAR, not INTEGER";
    expect(named(verdicts, "files")).toEqual({ name: "files", status: "Failed", reason: "disagree", message });
    expect(named(verdicts, "age: minimum 0")).toMatchObject({ status: "Error", reason: "notEvaluated" });
  });

  test("another order of CSV columns fails: positions would be mixed up", async () => {
    await place.write("order/a.csv", "age,b\n1,2\n");
    await place.write("order/b.csv", "b,age\n1,2\n");
    expect(named(await checkHere(place, "order/*.csv"), "files")?.message).toContain("column 1 is b, not age");
  });

  test("a column too many or too few fails", async () => {
    await place.copy("SELECT 1 AS age, 2 AS b", "more/a.parquet");
    await place.copy("SELECT 1 AS age", "more/b.parquet");
    expect(named(await checkHere(place, "more/*.parquet"), "files")?.message).toContain("it has no column b");
  });
});

describe("data without content", () => {
  test.each(["parquet", "csv"])("no rows at all is an error, never a pass (%s)", async (format) => {
    await place.copy("SELECT 1::BIGINT AS age WHERE false", `none.${format}`);
    const contract = contractText("- {name: age, quality: [{metric: nullValues, mustBe: 0, unit: percent}]}");
    const verdicts = await checkHere(place, `none.${format}`, contract);
    expect(named(verdicts, "rows")).toMatchObject({ status: "Error", reason: "noRows" });
    expect(named(verdicts, "age: nullValues mustBe 0 percent")).toMatchObject({ status: "Error", reason: "noData" });
  });

  test("freshness of a column of nulls is an error", async () => {
    await place.copy("SELECT NULL::TIMESTAMP AS seen FROM range(3)", "nulls.parquet");
    const document = "slaProperties: [{property: freshness, value: 1, unit: d, element: seen}]";
    const contract = contractText("- {name: seen, logicalType: timestamp}", { document });
    expect(named(await checkHere(place, "nulls.parquet", contract), "seen: freshness")).toMatchObject({
      status: "Error",
      reason: "noData",
    });
  });
});

describe("columns that are not as the contract says", () => {
  test("a missing column fails, names the near one, and leaves its rules unevaluated", async () => {
    await place.copy("SELECT 1 AS Age, 2 AS other", "missing.parquet");
    const verdicts = await checkHere(place, "missing.parquet", AGE);
    expect(named(verdicts, "age: column")).toMatchObject({
      status: "Failed",
      reason: "missingColumn",
      message: "the column is missing; there is a column Age",
    });
    expect(named(verdicts, "age: required")).toMatchObject({ status: "Error", reason: "notEvaluated" });
  });

  test("further columns of the data are allowed", async () => {
    await place.copy("SELECT 1 AS age, 2 AS other", "extra.parquet");
    expect((await checkHere(place, "extra.parquet", AGE)).every(({ status }) => status === "Successful")).toBe(true);
  });

  test("a CSV file with another separator says so", async () => {
    await place.write("semicolon.csv", "age;b\n1;2\n");
    expect(named(await checkHere(place, "semicolon.csv", AGE), "age: column")?.message).toContain(
      "not separated by commas",
    );
  });

  test("a Parquet column of another type fails, and a range over text is not evaluated", async () => {
    await place.copy("SELECT 'x' AS age", "text.parquet");
    const verdicts = await checkHere(place, "text.parquet", AGE);
    expect(named(verdicts, "age: column")).toMatchObject({
      status: "Failed",
      reason: "wrongType",
      message: "the column is VARCHAR, not integer",
    });
    expect(named(verdicts, "age: required")).toMatchObject({ status: "Successful" });
    expect(named(verdicts, "age: minimum 0")).toMatchObject({
      status: "Error",
      message: "not evaluated: age has no numbers",
    });
  });

  test("a physical type must be the very one", async () => {
    await place.copy("SELECT 1::INTEGER AS age", "physical.parquet");
    const is = contractText("- {name: age, physicalType: int}");
    const isNot = contractText("- {name: age, physicalType: BIGINT}");
    expect(named(await checkHere(place, "physical.parquet", is), "age: column")?.status).toBe("Successful");
    expect(named(await checkHere(place, "physical.parquet", isNot), "age: column")?.message).toBe(
      "the column is INTEGER, not BIGINT",
    );
  });

  test("CSV texts that are none of the type are counted and shown; 5.7 is no whole number", async () => {
    await place.write("types.csv", "age,day,yes\n5.7,2024-02-30,maybe\nold,2024-02-28,true\n5,,\n");
    const properties =
      "- {name: age, logicalType: integer}\n- {name: day, logicalType: date}\n- {name: yes, logicalType: boolean}";
    const verdicts = await checkHere(place, "types.csv", contractText(properties));
    expect(named(verdicts, "age: column")).toMatchObject({
      status: "Failed",
      observed: 2,
      evidence: { rows: [{ age: "5.7" }, { age: "old" }] },
    });
    expect(named(verdicts, "day: column")).toMatchObject({
      status: "Failed",
      observed: 1,
      evidence: { rows: [{ day: "2024-02-30" }] },
    });
    expect(named(verdicts, "yes: column")).toMatchObject({ status: "Failed", observed: 1 });
  });

  test("nested columns are known by their kind, and null and duplicate values are counted in them", async () => {
    await place.copy("SELECT {'a': range % 2} AS point, [range, 1] AS list FROM range(4)", "nested.parquet");
    const properties =
      "- {name: point, logicalType: object, unique: true}\n- {name: list, logicalType: array, required: true}";
    const verdicts = await checkHere(place, "nested.parquet", contractText(properties));
    expect(named(verdicts, "point: column")?.status).toBe("Successful");
    expect(named(verdicts, "point: unique")).toMatchObject({ status: "Failed", observed: 2 });
    expect(named(verdicts, "list: required")?.status).toBe("Successful");
  });
});

describe("numbers that are not finite", () => {
  beforeAll(async () => {
    for (const format of ["parquet", "csv"]) {
      await place.copy(
        "SELECT CASE range WHEN 0 THEN 'nan'::DOUBLE WHEN 1 THEN 'inf'::DOUBLE WHEN 2 THEN '-inf'::DOUBLE ELSE range::DOUBLE END AS x FROM range(10)",
        `finite.${format}`,
      );
    }
  });

  test.each(["parquet", "csv"])(
    "are out of every range, counted by the column, and NaN is null (%s)",
    async (format) => {
      const properties =
        "- {name: x, logicalType: number, required: true, logicalTypeOptions: {minimum: 0, maximum: 100}}";
      const verdicts = await checkHere(place, `finite.${format}`, contractText(properties));
      expect(named(verdicts, "x: column")).toMatchObject({ status: "Warning", reason: "notFinite", observed: 3 });
      expect(named(verdicts, "x: minimum 0")).toMatchObject({ status: "Failed", observed: 3 });
      expect(named(verdicts, "x: maximum 100")).toMatchObject({ status: "Failed", observed: 3 });
      expect(named(verdicts, "x: required")).toMatchObject({ status: "Failed", observed: 1 });
    },
  );
});

describe("extreme values", () => {
  test("large whole numbers compare exactly", async () => {
    await place.copy("SELECT 9007199254740991::BIGINT AS id UNION ALL SELECT 9007199254740992", "large.parquet");
    const contract = contractText(
      "- {name: id, logicalType: integer, logicalTypeOptions: {maximum: 9007199254740991}}",
    );
    expect(named(await checkHere(place, "large.parquet", contract), "id: maximum 9007199254740991")).toMatchObject({
      observed: 1,
    });
  });

  test("huge texts are counted, and shown shortened", async () => {
    await place.copy("SELECT repeat('x', 5000000) AS s FROM range(3)", "huge.parquet");
    const contract = contractText("- {name: s, logicalType: string, logicalTypeOptions: {maxLength: 10}}");
    const verdict = named(await checkHere(place, "huge.parquet", contract), "s: maxLength 10");
    expect(verdict).toMatchObject({ status: "Failed", observed: 3 });
    expect(JSON.stringify(verdict).length).toBeLessThan(2_000);
  });

  test("a pattern that ECMA-262 knows and RE2 does not is a contract error", async () => {
    await place.copy("SELECT 'x' AS s", "script.parquet");
    const contract = contractText(
      "- {name: s, logicalType: string, logicalTypeOptions: {pattern: '\\\\p{Script=Greek}'}}",
    );
    await expect(checkHere(place, "script.parquet", contract)).rejects.toMatchObject({ code: "contract.invalid" });
  });
});
