import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appendAudit, listAudit } from "../../src/registry/audit.ts";
import { write } from "../../src/registry/database.ts";
import { openApprovalRequest, recordDecision } from "../../src/registry/decisions.ts";
import { getRelease, openRelease, setReleaseStage } from "../../src/registry/releases.ts";
import { registerVersion } from "../../src/registry/versions.ts";
import { freshDatabase, sharedPostgres, type TestDatabase } from "../support/postgres.ts";
import { aDecision, anOpening, aRequest, aVersion, someDigest } from "./registry-samples.ts";

/** Every table whose rows are facts. */
const FACTS = [
  "alias_moves",
  "approval_requests",
  "audit_rows",
  "data_reports",
  "decisions",
  "evaluations",
  "gate_reports",
  "model_versions",
  "pipeline_revisions",
  "plans",
  "refusals",
  "rollout_results",
  "rollout_watches",
  "snapshots",
  "traffic_moves",
  "usage_intervals",
] as const;

let registry: TestDatabase;
let owner: Client;
let superuser: Client;

beforeAll(async () => {
  registry = await freshDatabase();
  owner = new Client({ connectionString: registry.url });
  const { superuserUrl } = await sharedPostgres();
  const { pathname } = new URL(registry.url);
  superuser = new Client({ connectionString: Object.assign(new URL(superuserUrl), { pathname }).href });
  await owner.connect();
  await superuser.connect();
});
afterAll(async () => {
  await owner.end();
  await superuser.end();
  await registry.close();
});

describe("a change and its audit row", () => {
  test("are one transaction: when the row cannot be written nothing has changed", async () => {
    const { db } = registry;
    await openRelease(db, anOpening("before-the-fault"));
    await owner.query("alter table audit_rows add constraint fault check (recorded_at_ms < 0) not valid");
    try {
      await expect(openRelease(db, anOpening("faulty"))).rejects.toMatchObject({ code: "environment.failed" });
      await expect(setReleaseStage(db, "before-the-fault", "training")).rejects.toThrow("fault");
      await expect(registerVersion(db, aVersion("before-the-fault"))).rejects.toThrow("fault");
    } finally {
      await owner.query("alter table audit_rows drop constraint fault");
    }
    await expect(getRelease(db, "faulty")).rejects.toMatchObject({ code: "release.not-found" });
    expect((await getRelease(db, "before-the-fault")).stage).toBe("planning");
    expect((await owner.query("select * from models")).rows).toEqual([]);
    expect(await listAudit(db, { release: "faulty" })).toHaveLength(0);
  });

  test("vanish together when the transaction they are part of is given up", async () => {
    const { db } = registry;
    const given = write(db, async (tx) => {
      await openRelease(tx, anOpening("given-up"));
      throw new Error("changed my mind");
    });
    await expect(given).rejects.toThrow("changed my mind");
    expect(await listAudit(db, { release: "given-up" })).toHaveLength(0);
    await expect(getRelease(db, "given-up")).rejects.toMatchObject({ code: "release.not-found" });
  });

  test("say who did what on which digest", async () => {
    const { db } = registry;
    await openRelease(db, anOpening("told"));
    const requestDigest = someDigest("told");
    await openApprovalRequest(db, { request: aRequest("told"), requestDigest });
    await recordDecision(db, { ...aDecision({ requestDigest, reason: "looks right" }), release: "told" });
    const rows = await listAudit(db, { release: "told" });
    expect(rows.map(({ actor, action, digest }) => ({ actor, action, digest }))).toEqual([
      { actor: "ana", action: "release.opened", digest: anOpening("told").planDigest },
      { actor: "slipway", action: "approval.requested", digest: requestDigest },
      { actor: "bo", action: "release.approved", digest: requestDigest },
    ]);
    expect(rows[2]?.details).toMatchObject({ reason: "looks right", assurance: "signal" });
    expect(rows.every((row) => Math.abs(row.recordedAtMs - Date.now()) < 60_000)).toBe(true);
  });
});

const pagedEntry = (subject: string) => ({ actor: "ana", action: "page.tested", subject, model: "paged" });

describe("the audit log", () => {
  test("is read on from any row, whatever is written meanwhile", async () => {
    const { db } = registry;
    for (const subject of ["a", "b", "c"]) await appendAudit(db, pagedEntry(subject));
    const first = await listAudit(db, { model: "paged", limit: 2 });
    await appendAudit(db, pagedEntry("d"));
    const rest = await listAudit(db, { model: "paged", after: first.at(-1)?.sequence ?? 0 });
    expect([...first, ...rest].map((row) => row.subject)).toEqual(["a", "b", "c", "d"]);
  });
});

describe("facts", () => {
  test("are all the tables that say so", async () => {
    const { rows } = await owner.query<{ relname: string }>(`
      select c.relname from pg_trigger t join pg_class c on c.oid = t.tgrelid
      where t.tgname = 'append_only' and t.tgenabled = 'A' order by 1`);
    expect(rows.map((row) => row.relname)).toEqual(FACTS);
  });

  test.each(FACTS)("in %s are not changed or taken away by the owner", async (table) => {
    const { rows } = await owner.query<{ column: string }>(
      `select column_name as column from information_schema.columns
       where table_name = $1 and is_identity = 'NO' order by ordinal_position limit 1`,
      [table],
    );
    const column = rows[0]?.column ?? "";
    await expect(owner.query(`update ${table} set ${column} = ${column}`)).rejects.toThrow(/denied|append-only/u);
    await expect(owner.query(`delete from ${table}`)).rejects.toThrow("permission denied");
    await expect(owner.query(`truncate ${table} cascade`)).rejects.toThrow(/denied|append-only/u);
  });

  test.each(FACTS)("in %s are not changed by who may do everything, not even as a replica", async (table) => {
    await superuser.query("set session_replication_role = replica");
    await expect(superuser.query(`update ${table} set tenant = tenant`)).rejects.toThrow("is append-only: UPDATE");
    await expect(superuser.query(`delete from ${table}`)).rejects.toThrow("is append-only: DELETE");
    await expect(superuser.query(`truncate ${table} cascade`)).rejects.toThrow("is append-only: TRUNCATE");
  });

  test("are not changed by an owner who gave himself back the right", async () => {
    await openRelease(registry.db, anOpening("stays"));
    await owner.query("grant update, delete on audit_rows to slipway");
    await expect(owner.query("update audit_rows set actor = 'nobody'")).rejects.toThrow("is append-only");
    await expect(owner.query("delete from audit_rows where release = 'stays'")).rejects.toThrow("is append-only");
    await owner.query("revoke update, delete on audit_rows from slipway");
    expect(await listAudit(registry.db, { release: "stays" })).toHaveLength(1);
  });
});
