import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { readVolatileJson, replaceJson } from "./json-file.ts";
import { lockOnHost } from "./host-lock.ts";
import { isAlive, ownIdentity, type ProcessIdentity } from "./process-identity.ts";
import { allocate, waiting, type Capacity, type SlotClaim } from "./slot-allocation.ts";

const POLL_MS = 200;

interface HeldClaim extends SlotClaim {
  readonly holder: ProcessIdentity;
}

interface Ledger {
  readonly nextTicket: number;
  readonly claims: readonly HeldClaim[];
}

export interface SlotRequest {
  /** Unique, such as the attempt's name. */
  readonly name: string;
  readonly cpus: number;
  readonly gpus: number;
  readonly priority: number;
}

export interface SlotGrant {
  /** Numbers of the granted GPUs, from 0. */
  readonly devices: readonly number[];
  readonly release: () => Promise<void>;
}

/**
 * Waits for slots, among all processes that share `home`. The claim belongs to this process and ends with it, however
 * it ends. @param report is called with the place in the queue, from 1, whenever it changes
 * @throws the signal's reason when it aborts while waiting
 */
export async function waitForSlots(
  home: string,
  request: SlotRequest,
  capacity: Capacity,
  report: (position: number) => Promise<void>,
  signal: AbortSignal,
): Promise<SlotGrant> {
  await mkdir(join(home, "slots"), { recursive: true });
  const release = async () => {
    await change(home, capacity, (claims) => claims.filter(({ name }) => name !== request.name));
  };
  let claims = await enter(home, request, capacity);
  let reported = 0;
  try {
    for (;;) {
      const mine = claims.find(({ name }) => name === request.name);
      if (mine?.devices !== undefined) return { devices: mine.devices, release };
      const position = waiting(claims).findIndex(({ name }) => name === request.name) + 1;
      if (position !== reported) await report(position);
      reported = position;
      await delay(POLL_MS, undefined, { signal });
      claims = await look(home, request.name, capacity);
    }
  } catch (error) {
    await release();
    signal.throwIfAborted();
    throw error;
  }
}

async function enter(home: string, request: SlotRequest, capacity: Capacity): Promise<readonly HeldClaim[]> {
  const holder = ownIdentity();
  return change(home, capacity, (claims, ticket) => [...claims, { ...request, ticket, holder }]);
}

/** The claims as they are; the ledger is locked and written only when this one can now be granted. */
async function look(home: string, name: string, capacity: Capacity): Promise<readonly HeldClaim[]> {
  const { claims } = await readLedger(home);
  const next = allocate(ofTheLiving(claims), capacity);
  const isGranted = next.find((claim) => claim.name === name)?.devices !== undefined;
  return isGranted ? change(home, capacity, (current) => current) : next;
}

/** Rewrites the claims of the living under the lock, and grants what then fits. */
async function change(
  home: string,
  capacity: Capacity,
  act: (claims: readonly HeldClaim[], ticket: number) => readonly HeldClaim[],
): Promise<readonly HeldClaim[]> {
  const unlock = await lockOnHost(["slots", home]);
  try {
    const { nextTicket, claims } = await readLedger(home);
    const next = allocate(act(ofTheLiving(claims), nextTicket), capacity);
    await replaceJson(ledgerPath(home), { nextTicket: nextTicket + 1, claims: next } satisfies Ledger);
    return next;
  } finally {
    await unlock();
  }
}

function ofTheLiving(claims: readonly HeldClaim[]): readonly HeldClaim[] {
  return claims.filter(({ holder }) => isAlive(holder));
}

async function readLedger(home: string): Promise<Ledger> {
  return (await readVolatileJson<Ledger>(ledgerPath(home))) ?? { nextTicket: 1, claims: [] };
}

function ledgerPath(home: string): string {
  return join(home, "slots", "ledger.json");
}
