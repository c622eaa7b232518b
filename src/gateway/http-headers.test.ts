import { fc, test as law } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { headersForCaller, headersForServer, requestIdOf } from "./http-headers.ts";

describe("the headers handed to a model server", () => {
  test("are the caller's, but those of the caller's connection and those the gateway sets", () => {
    const raw = [
      ["Host", "gateway:1"],
      ["Connection", "close, X-Secret"],
      ["X-Secret", "of this hop"],
      ["Transfer-Encoding", "chunked"],
      ["TE", "trailers"],
      ["Proxy-Authorization", "Basic eA=="],
      ["Upgrade", "h2c"],
      ["Expect", "100-continue"],
      ["X-Request-Id", "theirs"],
      ["Content-Type", "application/json"],
      ["X-Twice", "a"],
      ["X-Twice", "b"],
    ].flat();
    expect(headersForServer(raw, { connection: "close, X-Secret" }, "ours")).toEqual(
      [
        ["x-request-id", "ours"],
        ["Content-Type", "application/json"],
        ["X-Twice", "a"],
        ["X-Twice", "b"],
      ].flat(),
    );
  });
});

describe("the headers of an answer", () => {
  test("are the server's, but those of its connection, with the request's id and the version", () => {
    const answered = {
      connection: "keep-alive, x-hop",
      "keep-alive": "timeout=5",
      "x-hop": "1",
      "transfer-encoding": "chunked",
      "x-slipway-version": "forged",
      "set-cookie": ["a=1", "b=2"],
      "content-type": "application/json",
    };
    expect(headersForCaller(answered, "id-1", "employment@1.0.0")).toEqual({
      "set-cookie": ["a=1", "b=2"],
      "content-type": "application/json",
      "x-request-id": "id-1",
      "x-slipway-version": "employment@1.0.0",
    });
  });
});

describe("a request's id", () => {
  test("is the caller's when it is safe", () => {
    expect(requestIdOf("order-17/a:b")).toBe("order-17/a:b");
  });

  test.each([[undefined], [""], ["a b"], ["x".repeat(129)], ["naïve"], [["a", "b"]]])(
    "is a new one for %j",
    (header) => {
      expect(requestIdOf(header)).toMatch(/^[0-9a-f-]{36}$/u);
    },
  );

  law.prop([fc.string()])("never holds what could end a header or a line", (header) => {
    expect(requestIdOf(header)).toMatch(/^[\w.:+/=@-]{1,128}$/u);
  });
});
