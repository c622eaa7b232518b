import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../../src/digest.ts";
import { moveAlias } from "../../src/registry/aliases.ts";
import { listAudit } from "../../src/registry/audit.ts";
import { compareVersions } from "../../src/registry/compare-versions.ts";
import type { Database } from "../../src/registry/database.ts";
import { listDecisions, listRefusals, recordDecision, recordRefusals } from "../../src/registry/decisions.ts";
import { recordGateReport } from "../../src/registry/gate-reports.ts";
import { listModels } from "../../src/registry/models.ts";
import type { Page } from "../../src/registry/page.ts";
import { closeRelease, getPlan, listReleases, openRelease, type ReleaseRecord } from "../../src/registry/releases.ts";
import { getVersion, listVersions, registerVersion } from "../../src/registry/versions.ts";
import { freshDatabase, type TestDatabase } from "../support/postgres.ts";
import { aDecision, anOpening, aPlan, aReport, aVersion, someDigest } from "./registry-samples.ts";

let registry: TestDatabase;
let db: Database;

beforeAll(async () => {
  registry = await freshDatabase();
  db = registry.db;
});
afterAll(() => registry.close());

const idsOf = (page: Page<ReleaseRecord>): readonly string[] => page.items.map(({ release }) => release);

describe("pages of releases", () => {
  test("show each release once, newest first, though more are opened meanwhile", async () => {
    for (let n = 1; n <= 7; n++) await openRelease(db, anOpening(`page-${n}`, { model: "paged" }));
    const first = await listReleases(db, { model: "paged", limit: 3 });
    expect(idsOf(first)).toEqual(["page-7", "page-6", "page-5"]);
    await openRelease(db, anOpening("page-8", { model: "paged" }));
    const second = await listReleases(db, { model: "paged", limit: 3, cursor: first.next });
    expect(idsOf(second)).toEqual(["page-4", "page-3", "page-2"]);
    const last = await listReleases(db, { model: "paged", limit: 3, cursor: second.next });
    expect(last).toMatchObject({ items: [{ release: "page-1" }] });
    expect(last.next).toBeUndefined();
  });

  test("have no next one when they end with the last release", async () => {
    expect((await listReleases(db, { model: "paged", limit: 8 })).next).toBeUndefined();
    expect((await listReleases(db, { model: "nothing" })).items).toEqual([]);
  });

  test("can be of those that are open, or that ended in one way", async () => {
    for (const release of ["open", "lost"]) await openRelease(db, anOpening(release, { model: "ending" }));
    await closeRelease(db, "lost", { outcome: "GateFailed", message: "weak", endedAtMs: 1 });
    expect(idsOf(await listReleases(db, { model: "ending", outcome: "open" }))).toEqual(["open"]);
    expect(idsOf(await listReleases(db, { model: "ending", outcome: "GateFailed" }))).toEqual(["lost"]);
  });

  test("refuse a cursor that is none and a limit out of range", async () => {
    for (const cursor of ["", "!", "' or 1=1", "z".repeat(40)]) {
      await expect(listReleases(db, { cursor })).rejects.toMatchObject({ code: "input.invalid" });
    }
    for (const limit of [0, -1, 1.5, 501, Number.NaN]) {
      await expect(listReleases(db, { limit })).rejects.toMatchObject({ code: "input.invalid" });
    }
  });
});

describe("versions", () => {
  test("begin at 1.0.0; another contract raises the major, a training the minor, a rebuild the patch part", async () => {
    const model = "counted";
    const numbers = [];
    for (const [n, change] of (
      ["retrain", "retrain", "rebuild", "contract", "rebuild", "retrain"] as const
    ).entries()) {
      await openRelease(db, anOpening(`count-${n}`, { model }));
      numbers.push((await registerVersion(db, aVersion(`count-${n}`, { model, change }))).version);
    }
    expect(numbers).toEqual(["1.0.0", "1.1.0", "1.1.1", "2.0.0", "2.0.1", "2.1.0"]);
    expect(await listModels(db)).toContainEqual({ name: model, latestVersion: "2.1.0" });
    const first = await listVersions(db, model, { limit: 4 });
    const rest = await listVersions(db, model, { limit: 4, cursor: first.next });
    expect([...first.items, ...rest.items].map(({ version }) => version)).toEqual(numbers.toReversed());
  });

  test("are found by number, by digest and by alias", async () => {
    const model = "found";
    for (const release of ["found-1", "found-2"]) {
      await openRelease(db, anOpening(release, { model }));
      await registerVersion(db, aVersion(release, { model }));
    }
    const alias = { model, alias: "champion", expected: undefined, actor: "ana", reason: "r" };
    await moveAlias(db, { ...alias, environment: "production", to: "1.0.0" });
    const wanted = expect.objectContaining({ model, version: "1.0.0", release: "found-1", change: "retrain" });
    expect(await getVersion(db, model, "1.0.0")).toEqual(wanted);
    expect(await getVersion(db, model, someDigest("model of found-1"))).toEqual(wanted);
    expect(await getVersion(db, model, "champion")).toEqual(wanted);
    expect(await getVersion(db, model, "champion@production")).toEqual(wanted);

    await moveAlias(db, { ...alias, environment: "staging", to: "1.1.0" });
    await expect(getVersion(db, model, "champion")).rejects.toMatchObject({
      code: "input.invalid",
      message: expect.stringContaining("champion@staging (1.1.0)"),
    });
    expect(await getVersion(db, model, "champion@staging")).toMatchObject({ version: "1.1.0" });
    for (const reference of ["9.9.9", "nobody", "champion@nowhere", someDigest("unknown"), ""]) {
      await expect(getVersion(db, model, reference)).rejects.toMatchObject({ code: "version.not-found" });
    }
  });

  test("with the same files are told apart by their releases; the digest means the newest", async () => {
    const model = "twins";
    for (const release of ["twin-1", "twin-2"]) {
      await openRelease(db, anOpening(release, { model }));
      await registerVersion(db, aVersion(release, { model, digest: someDigest("twin"), change: "rebuild" }));
    }
    expect(await getVersion(db, model, someDigest("twin"))).toMatchObject({ version: "1.0.1", release: "twin-2" });
  });

  test("of one release with other files are refused", async () => {
    await openRelease(db, anOpening("unsteady", { model: "unsteady" }));
    await registerVersion(db, aVersion("unsteady", { model: "unsteady" }));
    const other = aVersion("unsteady", { model: "unsteady", digest: someDigest("others") });
    await expect(registerVersion(db, other)).rejects.toMatchObject({ code: "registry.conflict" });
  });

  test("are compared by parameters, data, gates and what the gates observed", async () => {
    const model = "compared";
    const sides = [
      { release: "left", parameters: { rounds: 40, depth: 3 }, observed: 0.8, train: "2015" },
      { release: "right", parameters: { rounds: 60 }, observed: 0.9, train: "2016" },
    ];
    for (const { release, parameters, observed, train } of sides) {
      const plan = aPlan({ model, train: { ...aPlan().train, parameters } });
      const planDigest = digestOf(plan);
      await openRelease(db, anOpening(release, { model, plan, planDigest }));
      const datasets = { train: someDigest(train) };
      await registerVersion(db, aVersion(release, { model, planDigest, datasets }));
      const verdicts = [{ name: "floor", status: "Successful", message: "", observed, action: "pass" }] as const;
      const report = aReport({ verdicts });
      await recordGateReport(db, { release, round: 1, reportDigest: digestOf(report), report });
    }
    expect(await compareVersions(db, model, { left: "1.0.0", right: "1.1.0" })).toMatchObject({
      left: { version: "1.0.0" },
      right: { version: "1.1.0" },
      parameters: { depth: { left: 3 }, rounds: { left: 40, right: 60 } },
      datasets: { train: { left: someDigest("2015"), right: someDigest("2016") } },
      gates: { floor: { left: "Successful", right: "Successful" } },
      metrics: { floor: { left: 0.8, right: 0.9 } },
    });
  });
});

describe("what people and other systems write", () => {
  const HOSTILE = `zero \0, half a pair \u{D83D}, quote ' " \\u0000 ; drop table releases; -- \u{1F600}`;

  test("is kept, whatever its characters, as far as PostgreSQL can keep them", async () => {
    await openRelease(db, anOpening("hostile", { requestedBy: HOSTILE, trigger: HOSTILE }));
    const refusal = { message: HOSTILE, code: "malformed", reason: HOSTILE, by: HOSTILE, atMs: 1, sequence: 0 };
    await recordRefusals(db, "hostile", [refusal]);
    const kept = HOSTILE.replace("\0", "\u{FFFD}").replace("\u{D83D},", "\u{FFFD},");
    expect(await listRefusals(db, "hostile")).toEqual([{ ...refusal, message: kept, reason: kept, by: kept }]);
    expect((await listAudit(db, { release: "hostile" })).map(({ actor }) => actor)).toEqual([kept, kept]);
  });

  test("may be as long as a message may be, ids of decisions too", async () => {
    await openRelease(db, anOpening("long"));
    const long = "x".repeat(16_384);
    const decision = aDecision({ decisionId: long, reason: long, by: long });
    await recordDecision(db, { ...decision, release: "long" });
    await recordDecision(db, { ...decision, release: "long" });
    expect(await listDecisions(db, "long")).toEqual([decision]);
  });

  test("does not change the numbers and keys of a plan: its digest stays", async () => {
    const parameters = { tiny: 5e-324, huge: 1e300, third: 1 / 3, minus: -0.5, text: "ä", nested: { b: [null, true] } };
    const plan = aPlan({ train: { ...aPlan().train, parameters } });
    await openRelease(db, anOpening("exact", { plan, planDigest: digestOf(plan) }));
    expect(digestOf(await getPlan(db, digestOf(plan)))).toBe(digestOf(plan));
  });
});
