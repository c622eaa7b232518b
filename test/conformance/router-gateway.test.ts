import { afterAll, beforeAll, expect, test } from "vitest";
import { createGatewayRouter } from "../../src/routers/gateway-router.ts";
import { createCaller } from "../integration/gateway/support/caller.ts";
import { createWorkbench, trafficState, type Workbench } from "../integration/gateway/support/processes.ts";
import { describeRouter, type RouterUnderTest } from "./router.ts";

let bench: Workbench;
let subject: RouterUnderTest;

beforeAll(async () => {
  bench = await createWorkbench();
  const champion = await bench.startModelServer({ version: "employment@1.0.0" });
  const candidate = await bench.startModelServer({ version: "employment@2.0.0" });
  const gateway = await bench.startGateway();
  subject = {
    router: createGatewayRouter({ adminUrl: gateway.adminUrl }),
    champion: champion.arm,
    candidate: candidate.arm,
    async request(environment, endpoint, key) {
      await using caller = createCaller(gateway.url, `/${environment}/${endpoint}`);
      return (await caller.predict(key)).version;
    },
  };
});
afterAll(() => bench[Symbol.asyncDispose]());

describeRouter("the gateway's router", () => subject);

test("the gateway's router says that no gateway answers", async () => {
  const router = createGatewayRouter({ adminUrl: "http://127.0.0.1:9" });
  await expect(router.apply(trafficState({}))).rejects.toMatchObject({ code: "backend.unavailable" });
  await expect(router.observe("production", "employment")).rejects.toMatchObject({ code: "backend.unavailable" });
});
