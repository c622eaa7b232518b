import { describe, expect, test } from "vitest";
import { FAILURES, SlipwayError, type FailureCode } from "../domain/errors.ts";
import { describeFailure } from "./failure.ts";
import { toSlipwayError } from "./temporal-failure.ts";

const place = { address: "127.0.0.1:7233", namespace: "default" };

const named = (name: string, fields: object = {}, cause?: unknown): Error =>
  Object.assign(new Error("raw", { cause }), { name }, fields);

describe("a failure", () => {
  test.each(Object.keys(FAILURES) as FailureCode[])("%s has the exit code of the table", (code) => {
    expect(describeFailure(new SlipwayError(code, "why"))).toMatchObject({
      code,
      message: "why",
      exit: FAILURES[code].exit,
    });
  });

  test("that nobody foresaw ends with 1 and points to --debug", () => {
    const failure = describeFailure(new TypeError("x is not a function"));
    expect(failure).toMatchObject({ code: "unexpected", exit: 1 });
    expect(failure.message).toContain("x is not a function");
    expect(failure.message).toContain("--debug");
  });
});

describe("a failed call to the Temporal server", () => {
  test.each([4, 14])("with gRPC status %i says how to get a server", (code) => {
    const error = toSlipwayError(named("Error", {}, named("ServiceError", { code })), place);
    expect(error).toMatchObject({ code: "backend.unavailable" });
    expect((error as Error).message).toMatch(/127\.0\.0\.1:7233.*slipway up.*TEMPORAL_ADDRESS/u);
  });

  test("for an unknown id names it and how to see those that exist", () => {
    const error = toSlipwayError(named("WorkflowNotFoundError", { workflowId: "r-9" }), place);
    expect(error).toMatchObject({ code: "release.not-found" });
    expect((error as Error).message).toMatch(/r-9.*slipway list/u);
  });

  test("for an id that was used says to choose another", () => {
    const error = toSlipwayError(named("WorkflowExecutionAlreadyStartedError", { workflowId: "r-1" }), place);
    expect(error).toMatchObject({ code: "release.exists" });
  });

  test("of another kind passes unchanged, as do our own errors", () => {
    const other = new RangeError("other");
    const ours = new SlipwayError("input.invalid", "ours");
    expect(toSlipwayError(other, place)).toBe(other);
    expect(toSlipwayError(ours, place)).toBe(ours);
  });
});
