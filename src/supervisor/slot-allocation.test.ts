import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { allocate, waiting, type SlotClaim } from "./slot-allocation.ts";

const claim = (name: string, more: Partial<SlotClaim> = {}): SlotClaim => ({
  name,
  ticket: 0,
  priority: 0,
  cpus: 1,
  gpus: 0,
  ...more,
});
const running = (claims: readonly SlotClaim[]) => claims.filter(({ devices }) => devices).map(({ name }) => name);

describe("slots", () => {
  test("are given in the order of arrival", () => {
    const claims = [claim("second", { ticket: 2 }), claim("first", { ticket: 1 })];
    expect(running(allocate(claims, { cpus: 1, gpus: 0 }))).toEqual(["first"]);
  });

  test("are given to the higher priority first", () => {
    const claims = [claim("early", { ticket: 1 }), claim("urgent", { ticket: 2, priority: 5 })];
    expect(running(allocate(claims, { cpus: 1, gpus: 0 }))).toEqual(["urgent"]);
  });

  test("stay free for a large job that waits for more of them", () => {
    const claims = [
      claim("running", { devices: [] }),
      claim("large", { ticket: 1, cpus: 4 }),
      claim("small", { ticket: 2 }),
    ];
    expect(running(allocate(claims, { cpus: 4, gpus: 0 }))).toEqual(["running"]);
  });

  test("that the waiting job does not need serve those behind it", () => {
    const claims = [claim("needs a GPU", { ticket: 1, gpus: 1 }), claim("needs none", { ticket: 2 })];
    expect(running(allocate(claims, { cpus: 2, gpus: 0 }))).toEqual(["needs none"]);
  });

  test("of GPUs are different devices for different jobs", () => {
    const claims = [claim("one", { gpus: 1, devices: [1] }), claim("two", { ticket: 1, gpus: 2 })];
    expect(allocate(claims, { cpus: 4, gpus: 3 })[1]?.devices).toEqual([0, 2]);
  });

  const claims = fc.uniqueArray(
    fc.record({
      name: fc.uuid(),
      ticket: fc.nat({ max: 1_000 }),
      priority: fc.integer({ min: -3, max: 3 }),
      cpus: fc.integer({ min: 1, max: 8 }),
      gpus: fc.nat({ max: 4 }),
    }),
    { selector: ({ ticket }) => ticket, maxLength: 20 },
  );
  const capacity = fc.record({ cpus: fc.integer({ min: 1, max: 8 }), gpus: fc.nat({ max: 4 }) });

  test.prop([claims, capacity])("are never given twice", (waitingClaims, total) => {
    const granted = allocate<SlotClaim>(waitingClaims, total).filter(({ devices }) => devices);
    const devices = granted.flatMap((one) => one.devices ?? []);
    expect(new Set(devices).size).toBe(devices.length);
    expect(devices.every((device) => device < total.gpus)).toBe(true);
    expect(granted.reduce((cpus, one) => cpus + one.cpus, 0)).toBeLessThanOrEqual(total.cpus);
  });

  test.prop([claims, capacity])("go to whoever is first and fits", (waitingClaims, total) => {
    const [first] = waiting(waitingClaims);
    fc.pre(first !== undefined && first.cpus <= total.cpus && first.gpus <= total.gpus);
    expect(running(allocate(waitingClaims, total))).toContain(first?.name);
  });

  test.prop([claims, capacity])("that were given are kept", (waitingClaims, total) => {
    const once = allocate(waitingClaims, total);
    expect(allocate(once, total)).toEqual(once);
  });
});
