import { describe, expect, test } from "vitest";
import { packRules } from "./pack-rules.ts";

describe("packing", () => {
  test.each([
    ".git/",
    "a/.git/",
    ".slipway/",
    "node_modules/",
    "src/__pycache__/",
    "a.pyc",
    ".venv/",
    ".env",
    "sub/.env",
    ".DS_Store",
  ])("leaves out %s", (path) => {
    expect(packRules("")(path)).toBe(false);
  });

  test.each(["train.py", "data/a.parquet", ".gitignore", "environment.yaml", "venvs.txt"])("takes %s", (path) => {
    expect(packRules("")(path)).toBe(true);
  });

  test("follows .slipwayignore, which may also take back what is left out", () => {
    const isPacked = packRules("# notes\nnotes/\n*.log\n!important.log\n!.env\n");
    expect(["notes/", "x.log", "important.log", ".env"].map(isPacked)).toEqual([false, false, true, true]);
  });
});
