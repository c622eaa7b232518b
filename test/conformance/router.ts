import { fc, test as law } from "@fast-check/vitest";
import { beforeEach, describe, expect, test } from "vitest";
import type { TrafficState } from "../../src/domain/traffic.ts";
import type { Router } from "../../src/routers/router.ts";

/** A router and the two servers that it can send traffic to. */
export interface RouterUnderTest {
  readonly router: Router;
  readonly champion: { readonly modelVersion: string; readonly address: string };
  readonly candidate: { readonly modelVersion: string; readonly address: string };
  /** Sends one request through the data plane. @returns the version that answered */
  readonly request: (environment: string, endpoint: string, key: string) => Promise<string | undefined>;
}

/** What every router must do. A new adapter is finished when this passes. */
export function describeRouter(name: string, subject: () => RouterUnderTest): void {
  describe(`${name} is a Router`, () => {
    let endpoint = "";
    let count = 0;
    beforeEach(() => {
      endpoint = `conformance-${(count += 1)}`;
    });
    const state = (more: Partial<TrafficState>): TrafficState => ({
      environment: "production",
      endpoint,
      generation: 1,
      champion: subject().champion,
      candidatePercent: 0,
      mirrorPercent: 0,
      stage: 0,
      timeoutMs: 5_000,
      ...more,
    });
    const versions = async (keys: readonly string[]) =>
      Promise.all(keys.map((key) => subject().request("production", endpoint, key)));
    const keys = Array.from({ length: 30 }, (_, index) => `key-${index}`);

    test("knows nothing of an endpoint before its first state", async () => {
      expect(await subject().router.observe("production", endpoint)).toBeUndefined();
    });

    test("assigns by the new state as soon as apply returns", async () => {
      const { router, champion, candidate } = subject();
      await router.apply(state({}));
      expect(new Set(await versions(keys))).toEqual(new Set([champion.modelVersion]));
      await router.apply(state({ generation: 2, candidate, candidatePercent: 100, rolloutId: "r" }));
      expect(new Set(await versions(keys))).toEqual(new Set([candidate.modelVersion]));
      await router.apply(state({ generation: 3, candidate, candidatePercent: 0, rolloutId: "r" }));
      expect(new Set(await versions(keys))).toEqual(new Set([champion.modelVersion]));
    });

    test("observes what was applied, all of it", async () => {
      const applied = state({
        candidate: subject().candidate,
        candidatePercent: 12.5,
        mirrorPercent: 100,
        rolloutId: "release-1/rollout/production/1",
        stage: 3,
        routingKey: { header: "x-person-id" },
        slowAfterMs: 250,
        decision: { output: "probability", rule: { threshold: 0.5 } },
      });
      await subject().router.apply(applied);
      expect(await subject().router.observe("production", endpoint)).toEqual(applied);
    });

    test("applies the same state twice without harm", async () => {
      await subject().router.apply(state({}));
      await subject().router.apply(state({}));
      expect(await subject().router.observe("production", endpoint)).toEqual(state({}));
    });

    test("refuses a state older than the one in force, which stays", async () => {
      const { router, candidate } = subject();
      await router.apply(state({ generation: 7 }));
      const late = state({ generation: 6, candidate, candidatePercent: 100 });
      await expect(router.apply(late)).rejects.toMatchObject({ code: "registry.conflict" });
      expect(await router.observe("production", endpoint)).toEqual(state({ generation: 7 }));
    });

    test("refuses a state that makes no sense", async () => {
      const nonsense = state({ candidatePercent: 50 });
      await expect(subject().router.apply(nonsense)).rejects.toMatchObject({ code: "input.invalid" });
    });

    test("forgets an endpoint that is removed, once or twice", async () => {
      const { router } = subject();
      await router.apply(state({}));
      await router.remove("production", endpoint);
      await router.remove("production", endpoint);
      expect(await router.observe("production", endpoint)).toBeUndefined();
    });

    law.prop([fc.uniqueArray(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 8 })], { numRuns: 10 })(
      "ends at the newest state, in whatever order the states arrive",
      async (generations) => {
        endpoint = `conformance-${(count += 1)}`;
        const { router } = subject();
        const outcomes = await Promise.allSettled(
          generations.map((generation) => router.apply(state({ generation, stage: generation }))),
        );
        for (const outcome of outcomes) {
          if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "registry.conflict" });
        }
        expect((await router.observe("production", endpoint))?.generation).toBe(Math.max(...generations));
      },
    );
  });
}
