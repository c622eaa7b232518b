import { spawn } from "node:child_process";
import { once } from "node:events";
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { lockOnHost, tryLockOnHost } from "../../src/supervisor/host-lock.ts";

const HOLD = `
import { lockOnHost } from "./dist/supervisor/host-lock.js";
await lockOnHost([process.argv[1]]);
process.stdout.write("locked");
setInterval(() => undefined, 1_000);
`;

describe("a lock of the machine", () => {
  test("is held by one at a time, in whatever order they come", async () => {
    const name = randomUUID();
    let inside = 0;
    let most = 0;
    const visit = async () => {
      const unlock = await lockOnHost([name]);
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      inside -= 1;
      await unlock();
    };
    await Promise.all(Array.from({ length: 20 }, visit));
    expect([inside, most]).toEqual([0, 1]);
  });

  test("ends with its holder, however that dies", async () => {
    const name = randomUUID();
    const holder = spawn(process.execPath, ["--input-type=module", "-e", HOLD, name], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(holder.stdout, "data");
    expect(await tryLockOnHost([name])).toBeUndefined();
    const waiting = lockOnHost([name]);
    holder.kill("SIGKILL");
    await (
      await waiting
    )();
    const unlock = await tryLockOnHost([name]);
    expect(unlock).toBeDefined();
    await unlock?.();
  });

  test("is waited for no longer than the signal lets", async () => {
    const name = randomUUID();
    const unlock = await lockOnHost([name]);
    const patience = new AbortController();
    const waiting = lockOnHost([name], patience.signal);
    patience.abort(new Error("no longer"));
    await expect(waiting).rejects.toThrow("no longer");
    await unlock();
  });

  test("of another name is another lock", async () => {
    const unlock = await lockOnHost(["a", "bc"]);
    const other = await tryLockOnHost(["ab", "c"]);
    expect(other).toBeDefined();
    await other?.();
    await unlock();
  });
});
