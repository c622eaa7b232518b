import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { getAlias, listAliasMoves, moveAlias } from "../../src/registry/aliases.ts";
import { listAudit } from "../../src/registry/audit.ts";
import { type OpenDatabase, openDatabase } from "../../src/registry/database.ts";
import { getEndpoint, grantEndpoint, releaseEndpoint, setTraffic } from "../../src/registry/endpoints.ts";
import { registerPipeline } from "../../src/registry/pipelines.ts";
import { openRelease } from "../../src/registry/releases.ts";
import { listVersions, registerVersion } from "../../src/registry/versions.ts";
import { freshDatabase, type TestDatabase } from "../support/postgres.ts";
import { anOpening, aTraffic, aVersion, releasedVersion, someDigest } from "./registry-samples.ts";

/** As many clients as workers that a fault may set on the same row: each has a pool of its own. */
const CLIENTS = 6;

let registry: TestDatabase;
let clients: readonly OpenDatabase[];

beforeAll(async () => {
  registry = await freshDatabase();
  clients = await Promise.all(Array.from({ length: CLIENTS }, () => openDatabase(registry.url, { maxConnections: 2 })));
});
afterAll(async () => {
  for (const { close } of clients) await close();
  await registry.close();
});

/** Lets every client do it at once; returns the codes of what failed, and how many went through. */
async function race(act: (db: OpenDatabase["db"], client: number) => Promise<unknown>) {
  const ended = await Promise.allSettled(clients.map(({ db }, client) => act(db, client)));
  const codes = ended.flatMap((one) => (one.status === "rejected" ? [(one.reason as { code?: string }).code] : []));
  return { passed: ended.length - codes.length, codes };
}

describe("when clients act at once", () => {
  test("an alias that all want to move is moved by one of them", async () => {
    const { db } = registry;
    const versions: string[] = [];
    for (let client = 0; client < CLIENTS; client++) versions.push(await releasedVersion(db, `mover-${client}`));
    const key = { model: "employment", environment: "production", alias: "champion" };
    const move = (to: string, expected: string | undefined, client: number) =>
      ({ ...key, to, expected, release: `mover-${client}`, actor: "race", reason: "race" }) as const;

    const made = await race((client, index) => moveAlias(client, move(versions[index] ?? "", undefined, index)));
    expect(made).toEqual({ passed: 1, codes: Array(CLIENTS - 1).fill("registry.conflict") });

    const champion = (await getAlias(db, key))?.version;
    const others = versions.filter((version) => version !== champion);
    const moved = await race((client, index) =>
      moveAlias(client, move(others[index % others.length] ?? "", champion, index + 100)),
    );
    expect(moved).toEqual({ passed: 1, codes: Array(CLIENTS - 1).fill("registry.conflict") });
    expect(await listAliasMoves(db, "employment")).toHaveLength(2);
    expect((await listAudit(db, { model: "employment" })).filter((row) => row.action === "alias.moved")).toHaveLength(
      2,
    );
  });

  test("an alias moved back and forth is no retry of an earlier move", async () => {
    const { db } = registry;
    const [one, two] = [await releasedVersion(db, "back-1"), await releasedVersion(db, "back-2")];
    const key = { model: "employment", environment: "back", alias: "champion", actor: "ana", reason: "r" };
    await moveAlias(db, { ...key, to: one, expected: undefined, release: "back-1" });
    await moveAlias(db, { ...key, to: two, expected: one, release: "back-2" });
    await moveAlias(db, { ...key, to: one, expected: two, release: "rollback" });
    // A late retry of the first move: the alias is where it wanted it, but not by it.
    const late = moveAlias(db, { ...key, to: one, expected: undefined, release: "back-1" });
    await expect(late).rejects.toMatchObject({ code: "registry.conflict" });
  });

  test("an alias cannot point at a version that is not there", async () => {
    const key = { model: "employment", environment: "nowhere", alias: "champion" };
    const move = { ...key, to: "9.9.9", expected: undefined, actor: "ana", reason: "r" };
    await expect(moveAlias(registry.db, move)).rejects.toMatchObject({ code: "version.not-found" });
  });

  test("versions of one model get different numbers without a gap", async () => {
    const model = "numbered";
    for (let client = 0; client < CLIENTS; client++) {
      await openRelease(registry.db, anOpening(`number-${client}`, { model }));
    }
    const { passed } = await race((db, client) => registerVersion(db, aVersion(`number-${client}`, { model })));
    expect(passed).toBe(CLIENTS);
    const { items } = await listVersions(registry.db, model);
    expect(items.map((version) => version.version).toSorted()).toEqual(
      Array.from({ length: CLIENTS }, (_, index) => `1.${index}.0`),
    );
  });

  test("one release registered by all is one version", async () => {
    const model = "single";
    await openRelease(registry.db, anOpening("single", { model }));
    const { passed } = await race((db) => registerVersion(db, aVersion("single", { model })));
    expect(passed).toBe(CLIENTS);
    expect((await listVersions(registry.db, model)).items).toHaveLength(1);
  });

  test("one release opened by all is opened once", async () => {
    const { passed } = await race((db) => openRelease(db, anOpening("opened-at-once")));
    expect(passed).toBe(CLIENTS);
    expect(await listAudit(registry.db, { release: "opened-at-once" })).toHaveLength(1);
  });

  test("one pipeline registered by all is one revision", async () => {
    const pipeline = { name: "at-once", spec: {}, specDigest: someDigest("at once"), registeredBy: "ana" };
    const revisions = await Promise.all(clients.map(({ db }) => registerPipeline(db, pipeline)));
    expect(revisions.map(({ revision }) => revision)).toEqual(Array(CLIENTS).fill(1));
    expect(revisions.filter(({ created }) => created)).toHaveLength(1);
  });

  test("an endpoint is granted to one roll-out, and to the next when that gives it back", async () => {
    const { db } = registry;
    const place = { environment: "production", endpoint: "granted" };
    for (let client = 0; client < CLIENTS; client++) await openRelease(db, anOpening(`grant-${client}`));
    const grant = (client: number) => ({
      state: aTraffic(place),
      holder: `rollout-${client}`,
      release: `grant-${client}`,
    });
    const granted = await race((one, client) => grantEndpoint(one, grant(client)));
    expect(granted).toEqual({ passed: 1, codes: Array(CLIENTS - 1).fill("endpoint.not-granted") });

    const holder = (await getEndpoint(db, place.environment, place.endpoint))?.holder ?? "";
    await releaseEndpoint(db, { ...place, holder: "somebody-else" });
    expect((await getEndpoint(db, place.environment, place.endpoint))?.holder).toBe(holder);
    await releaseEndpoint(db, { ...place, holder });
    const next = await race((one, client) => grantEndpoint(one, grant(client)));
    expect(next.passed).toBe(1);
  });

  test("an endpoint of another model is not granted", async () => {
    const { db } = registry;
    const state = aTraffic({ endpoint: "taken" });
    await openRelease(db, anOpening("taker-1"));
    await openRelease(db, anOpening("taker-2", { model: "another" }));
    await grantEndpoint(db, { state, holder: "r1", release: "taker-1" });
    await releaseEndpoint(db, { environment: state.environment, endpoint: state.endpoint, holder: "r1" });
    const other = grantEndpoint(db, { state, holder: "r2", release: "taker-2" });
    await expect(other).rejects.toMatchObject({ code: "registry.conflict" });
  });

  test("of all who move the traffic from one generation one succeeds", async () => {
    const { db } = registry;
    const before = aTraffic({ endpoint: "contended" });
    await openRelease(db, anOpening("contended"));
    await grantEndpoint(db, { state: before, holder: "rollout", release: "contended" });
    const moved = await race((one, client) =>
      setTraffic(one, {
        state: { ...before, generation: 1, candidatePercent: client + 1 },
        expectedGeneration: 0,
        holder: "rollout",
        actor: `client-${client}`,
        reason: "race",
      }),
    );
    expect(moved).toEqual({ passed: 1, codes: Array(CLIENTS - 1).fill("registry.conflict") });
  });

  test("who does not hold the endpoint cannot move its traffic, nor can anybody move it backwards", async () => {
    const { db } = registry;
    const before = aTraffic({ endpoint: "held" });
    const move = { expectedGeneration: 0, actor: "late", reason: "late" };
    const unknown = setTraffic(db, { ...move, state: { ...before, generation: 1 } });
    await expect(unknown).rejects.toMatchObject({ code: "endpoint.not-granted" });
    await openRelease(db, anOpening("held"));
    await grantEndpoint(db, { state: before, holder: "rollout", release: "held" });
    const foreign = setTraffic(db, { ...move, holder: "another", state: { ...before, generation: 1 } });
    await expect(foreign).rejects.toMatchObject({ code: "endpoint.not-granted" });
    const backwards = setTraffic(db, { ...move, state: { ...before, candidatePercent: 5 } });
    await expect(backwards).rejects.toMatchObject({ code: "input.invalid" });
    expect((await getEndpoint(db, "production", "held"))?.traffic).toEqual(before);
  });
});
