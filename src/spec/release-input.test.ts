import { describe, expect, test } from "vitest";
import { parseReleaseInput } from "./release-input.ts";

describe("the input of a release", () => {
  test.each([
    { pipeline: "churn" },
    { pipeline: "churn", revision: 3, set: { "train.parameters.rounds": 40 }, requestedBy: "ada", trigger: "drift" },
    { spec: { slipway: 1, model: "m" } },
    { pipeline: "churn", spec: { slipway: 1 } },
  ])("%j is understood", (input) => {
    expect(parseReleaseInput(input)).toEqual({ input, problems: [] });
  });

  test.each<[unknown, string, string]>([
    [undefined, "", 'the input is missing; start the release with {"pipeline": "NAME"}'],
    [null, "", 'the input is missing; start the release with {"pipeline": "NAME"}'],
    ["churn", "", 'must be a group of keys, not the text "churn"'],
    [{}, "", "must have pipeline (a registered name) or spec (a whole slipway.yaml as JSON)"],
    [{ pipelin: "churn" }, "pipelin", "is not a known key; did you mean pipeline?"],
    [{ pipeline: "a", revision: 0 }, "revision", "must be above 0, not the number 0"],
    [{ spec: {}, revision: 1 }, "revision", "needs pipeline, whose revision it is"],
    [{ pipeline: "a", set: [] }, "set", "must be a group of keys, not a list"],
    [{ pipeline: "../etc" }, "pipeline", expect.stringContaining("is no name")],
    [{ pipeline: "a", requestedBy: "" }, "requestedBy", "must not be empty"],
  ])("%j is refused", (value, path, message) => {
    expect(parseReleaseInput(value)).toEqual({ problems: [{ path, message }] });
  });
});
