import { describe, expect, test } from "vitest";
import { folderOf, matchingPaths, nearbyText } from "./file-patterns.ts";

const PATHS = [
  "data/a.parquet",
  "data/b.parquet",
  "data/year=2015/c.parquet",
  "data/[1].parquet",
  "data/.hidden.parquet",
  "train.py",
];

describe("a file pattern", () => {
  test.each([
    ["data/a.parquet", ["data/a.parquet"]],
    ["./data//a.parquet", ["data/a.parquet"]],
    ["data/*.parquet", ["data/a.parquet", "data/b.parquet", "data/[1].parquet"]],
    ["data/**/*.parquet", ["data/a.parquet", "data/b.parquet", "data/year=2015/c.parquet", "data/[1].parquet"]],
    ["data/{a,b}.parquet", ["data/a.parquet", "data/b.parquet"]],
    ["data/[1].parquet", ["data/[1].parquet"]],
    ["data/year=*/c.parquet", ["data/year=2015/c.parquet"]],
    ["data", []],
    ["other/*.parquet", []],
  ])("%s names %j", (pattern, names) => {
    expect(matchingPaths(pattern, PATHS)).toEqual(names);
  });

  test.each([
    ["data/a.parquet", "data"],
    ["data/year=*/c.parquet", "data"],
    ["/mnt/x/**/*.csv", "/mnt/x"],
    ["a.parquet", ""],
    ["*.parquet", ""],
  ])("%s lies below %j", (pattern, folder) => {
    expect(folderOf(pattern)).toBe(folder);
  });

  test.each([
    ["data", "it is a folder; write data/*.parquet or the like"],
    [
      "data/x.parquet",
      "near it: data/a.parquet, data/b.parquet, data/year=2015/c.parquet, data/[1].parquet, data/.hidden.parquet",
    ],
    ["nowhere/x.parquet", "there are no files below nowhere"],
  ])("%s that names nothing is told what is near", (pattern, text) => {
    expect(nearbyText(pattern, PATHS)).toBe(text);
  });
});
