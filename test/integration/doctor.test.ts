import { spawnSync } from "node:child_process";
import { mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Check } from "../../src/workers/embedded/doctor.ts";
import type { FreshHome } from "../support/stack.ts";
import { freshHome, startUp } from "../support/stack.ts";

describe("the doctor", () => {
  let fresh: FreshHome;
  beforeAll(async () => {
    fresh = await freshHome();
  });
  afterAll(() => fresh.dispose());

  test("finds a machine that has everything well, and says that no stack runs", () => {
    const { checks, status } = examine(fresh.environment);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(status).toBe(0);
    expect(found(checks, "stack").found).toContain("not running");
  });

  test("says of each thing that is missing how to get it", () => {
    const path = mkdtempSync(join(tmpdir(), "slipway-path-"));
    symlinkSync(process.execPath, join(path, "node"));
    const { checks, status } = examine({ ...fresh.environment, PATH: path, SLIPWAY_TEMPORAL_CLI: "/nowhere/temporal" });
    expect(status).toBe(7);
    const missing = checks.filter(({ ok }) => !ok);
    expect(missing.map(({ name }) => name)).toEqual(["Python", "Python environments", "git", "Temporal CLI"]);
    for (const { remedy } of missing) expect(remedy).toBeTruthy();
    expect(found(checks, "Temporal CLI").found).toContain("/nowhere/temporal");
  });

  test("looks into a running stack, and notices parts that nobody watches any more", async () => {
    const up = startUp(fresh);
    await up.event("stack.ready");
    const whole = examine(fresh.environment);
    expect(whole.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(whole.checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["postgres", "temporal", "gateway", "worker", "registry tables", "worker polls"]),
    );
    await up.end("SIGKILL");
    const orphaned = found(examine(fresh.environment).checks, "stack");
    expect(orphaned.ok).toBe(false);
    expect(orphaned.found).toContain("temporal");
  });
});

function examine(environment: NodeJS.ProcessEnv): {
  readonly checks: readonly Check[];
  readonly status: number | null;
} {
  const program = resolve("dist/workers/doctor-main.js");
  const { stdout, status } = spawnSync(process.execPath, [program], { env: environment, encoding: "utf8" });
  const lines = stdout.trim().split("\n");
  return { checks: lines.map((line) => JSON.parse(line) as Check), status };
}

function found(checks: readonly Check[], name: string): Check {
  const check = checks.find((one) => one.name === name);
  if (check === undefined) throw new Error(`no check of ${name}`);
  return check;
}
