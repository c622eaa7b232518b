import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { exportLines, parseEnvironment, withStackEnvironment } from "./stack-environment.ts";

describe("the addresses of a running stack", () => {
  const stack = { TEMPORAL_ADDRESS: "127.0.0.1:7233", SLIPWAY_GATEWAY_URL: "http://127.0.0.1:8080" };

  test("stand in for what the caller did not set", () => {
    expect(withStackEnvironment({ PATH: "/bin" }, stack)).toEqual({ PATH: "/bin", ...stack });
  });

  test("never override the caller", () => {
    expect(withStackEnvironment({ SLIPWAY_GATEWAY_URL: "http://other" }, stack)["SLIPWAY_GATEWAY_URL"]).toBe(
      "http://other",
    );
  });

  test("name no server to somebody who chose a profile", () => {
    expect(withStackEnvironment({ TEMPORAL_PROFILE: "cloud" }, stack)["TEMPORAL_ADDRESS"]).toBeUndefined();
  });
});

describe("an environment file", () => {
  test("may hold blank lines, comments and values with equal signs", () => {
    expect(parseEnvironment("# addresses\n\nSLIPWAY_DATABASE_URL=postgres://a?b=c\n")).toEqual({
      SLIPWAY_DATABASE_URL: "postgres://a?b=c",
    });
  });
});

describe("export lines", () => {
  propertyTest.prop([fc.string().filter((text) => !/[\n\r\u2028\u2029]/u.test(text))])(
    "read back as what was written",
    (value) => {
      expect(parseEnvironment(exportLines({ KEY: value }).slice("export ".length))).toEqual({ KEY: value });
    },
  );

  propertyTest.prop([fc.string()])("quote every value whole", (value) => {
    const line = exportLines({ KEY: value });
    const quoted = line.slice("export KEY=".length);
    expect(quoted.slice(1, -1).replaceAll(String.raw`'\''`, "'")).toBe(value);
    expect(quoted.slice(1, -1).replaceAll(String.raw`'\''`, "")).not.toContain("'");
  });
});
