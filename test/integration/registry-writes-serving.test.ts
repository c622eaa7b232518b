import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Digest } from "../../src/domain/json.ts";
import { getAlias, listAliasMoves, moveAlias } from "../../src/registry/aliases.ts";
import type { Database } from "../../src/registry/database.ts";
import {
  getApproval,
  listDecisions,
  listRefusals,
  openApprovalRequest,
  recordDecision,
  recordRefusals,
} from "../../src/registry/decisions.ts";
import {
  dropServer,
  listServers,
  recordServer,
  retireServers,
  serversToDelete,
} from "../../src/registry/endpoint-servers.ts";
import { getEndpoint, grantEndpoint, releaseEndpoint, setTraffic } from "../../src/registry/endpoints.ts";
import { beginStage, finishRollout, listRollouts, recordRollout, recordStage } from "../../src/registry/rollouts.ts";
import { registerVersion } from "../../src/registry/versions.ts";
import { freshDatabase, type TestDatabase } from "../support/postgres.ts";
import {
  aDecision,
  anOpening,
  aRequest,
  aServer,
  aTraffic,
  aVersion,
  releasedVersion,
  someDigest,
} from "./registry-samples.ts";

import { anOpenRelease, nextRelease, rowsAddedBy, type WriteCase } from "./registry-once.ts";

let registry: TestDatabase;
let db: Database;

beforeAll(async () => {
  registry = await freshDatabase();
  db = registry.db;
});
afterAll(() => registry.close());

async function aRollout(): Promise<{ rollout: string; release: string }> {
  const release = await anOpenRelease(db);
  const rollout = `${release}/rollout`;
  const place = { environment: "production", endpoint: "employment" };
  await recordRollout(db, { rollout, release, ...place, version: "1.0.0" });
  return { rollout, release };
}

describe("what moves a version towards its users is done once, with one audit row", () => {
  const cases: Readonly<Record<string, () => Promise<WriteCase>>> = {
    "registering a version": async () => {
      const version = aVersion(await anOpenRelease(db), { commit: "abc" });
      return {
        write: () => registerVersion(db, version),
        holds: async () => expect(await registerVersion(db, version)).toMatchObject({ ...version, number: 1 }),
      };
    },
    "moving an alias": async () => {
      const release = nextRelease();
      const version = await releasedVersion(db, release);
      const key = { model: "employment", environment: "staging", alias: "champion" };
      return {
        write: () => moveAlias(db, { ...key, to: version, expected: undefined, release, actor: "ana", reason: "r" }),
        async holds() {
          const planDigest = anOpening(release).planDigest;
          expect(await getAlias(db, key)).toMatchObject({ ...key, version, planDigest });
          expect(await listAliasMoves(db, "employment")).toMatchObject([{ to: version, actor: "ana", release }]);
        },
      };
    },
    "asking for approval": async () => {
      const request = aRequest(await anOpenRelease(db));
      const requestDigest = someDigest(request.release);
      return {
        write: () => openApprovalRequest(db, { request, requestDigest }),
        holds: async () =>
          expect(await getApproval(db, requestDigest)).toEqual({ request, requestDigest, decisions: [] }),
      };
    },
    "recording a decision": async () => {
      const release = await anOpenRelease(db);
      const requestDigest: Digest = someDigest(release);
      await openApprovalRequest(db, { request: aRequest(release), requestDigest });
      const decision = aDecision({ requestDigest });
      return {
        write: () => recordDecision(db, { ...decision, release }),
        async holds() {
          expect(await listDecisions(db, release)).toEqual([decision]);
          expect((await getApproval(db, requestDigest))?.decisions).toEqual([decision]);
        },
      };
    },
    "recording a refusal": async () => {
      const release = await anOpenRelease(db);
      const refusal = { message: "approve", code: "stale", reason: "an older request", atMs: 1, sequence: 0 };
      return {
        write: () => recordRefusals(db, release, [refusal]),
        holds: async () => expect(await listRefusals(db, release)).toEqual([refusal]),
      };
    },
    "granting an endpoint": async () => {
      const release = await anOpenRelease(db);
      const state = aTraffic({ endpoint: "granted" });
      return {
        write: () => grantEndpoint(db, { state, holder: "rollout-1", release }),
        holds: async () =>
          expect(await getEndpoint(db, "production", "granted")).toEqual({
            environment: "production",
            endpoint: "granted",
            model: "employment",
            traffic: state,
            holder: "rollout-1",
            holderRelease: release,
          }),
      };
    },
    "moving traffic": async () => {
      const release = await anOpenRelease(db);
      const before = aTraffic({ endpoint: "moved" });
      await grantEndpoint(db, { state: before, holder: "rollout-1", release });
      const state = { ...before, generation: 1, champion: { modelVersion: "1.0.0", address: "http://127.0.0.1:1" } };
      const move = { state, expectedGeneration: 0, holder: "rollout-1", actor: release, reason: "r" };
      return {
        write: () => setTraffic(db, move),
        holds: async () => expect((await getEndpoint(db, "production", "moved"))?.traffic).toEqual(state),
      };
    },
    "releasing an endpoint": async () => {
      const release = await anOpenRelease(db);
      const state = aTraffic({ endpoint: "released" });
      await grantEndpoint(db, { state, holder: "rollout-1", release });
      return {
        write: () => releaseEndpoint(db, { environment: "production", endpoint: "released", holder: "rollout-1" }),
        holds: async () => expect((await getEndpoint(db, "production", "released"))?.holder).toBeUndefined(),
      };
    },
    "recording a server": async () => ({
      write: () => recordServer(db, aServer("1.0.0")),
      async holds() {
        const { version, spec, handle } = aServer("1.0.0");
        expect(await listServers(db, "production", "employment")).toEqual([{ version, spec, handle }]);
      },
    }),
    "retiring a server": async () => {
      const place = { environment: "production", endpoint: "retiring" };
      await recordServer(db, { ...aServer("1.0.0"), ...place });
      await recordServer(db, { ...aServer("1.1.0"), ...place });
      return {
        write: () => retireServers(db, { ...place, keep: ["1.1.0"], deleteAfterMs: 100 }),
        async holds() {
          expect(await serversToDelete(db, { ...place, nowMs: 99 })).toEqual([]);
          expect(await serversToDelete(db, { ...place, nowMs: 100 })).toMatchObject([{ version: "1.0.0" }]);
        },
      };
    },
    "forgetting a server": async () => {
      const place = { environment: "production", endpoint: "forgetting" };
      await recordServer(db, { ...aServer("1.0.0"), ...place });
      return {
        write: () => dropServer(db, { ...place, version: "1.0.0" }),
        holds: async () => expect(await listServers(db, place.environment, place.endpoint)).toEqual([]),
      };
    },
    "recording a roll-out": async () => {
      const release = await anOpenRelease(db);
      const opening = {
        rollout: `${release}/rollout`,
        release,
        environment: "production",
        endpoint: "employment",
        version: "1.1.0",
        champion: "1.0.0",
      };
      return {
        write: () => recordRollout(db, opening),
        holds: async () => expect(await listRollouts(db, release)).toMatchObject([{ ...opening, stages: [] }]),
      };
    },
    "beginning a stage": async () => {
      const { rollout, release } = await aRollout();
      let atMs = 1_000;
      return {
        // A retry comes later; the first one's time stands.
        write: () => beginStage(db, { rollout, watched: 1, step: 0, atMs: atMs++ }),
        async holds() {
          expect(await beginStage(db, { rollout, watched: 1, step: 0, atMs: 9_999 })).toBe(1_000);
          expect(await listRollouts(db, release)).toHaveLength(1);
        },
      };
    },
    "judging a stage": async () => {
      const { rollout, release } = await aRollout();
      const stage = {
        rollout,
        watched: 1,
        step: 0,
        result: { kind: "advance" },
        judgement: { verdicts: [] },
        samples: 120,
        elapsedMs: 5_000,
      };
      return {
        write: () => recordStage(db, stage),
        holds: async () => expect((await listRollouts(db, release))[0]?.stages).toEqual([stage]),
      };
    },
    "finishing a roll-out": async () => {
      const { rollout, release } = await aRollout();
      return {
        write: () => finishRollout(db, { rollout, outcome: "Promoted", message: "safe", atMs: 7 }),
        holds: async () =>
          expect(await listRollouts(db, release)).toMatchObject([{ outcome: "Promoted", endedAtMs: 7 }]),
      };
    },
  };

  test.each(Object.entries(cases))("%s", async (_, prepare) => {
    const { write, holds } = await prepare();
    expect(await rowsAddedBy(db, write)).toBe(1);
    await holds();
    expect(await rowsAddedBy(db, write)).toBe(0);
    await holds();
  });
});
