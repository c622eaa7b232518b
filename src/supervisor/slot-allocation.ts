/** How many whole CPUs and GPUs jobs may use on this machine. */
export interface Capacity {
  readonly cpus: number;
  readonly gpus: number;
}

/** A place in the queue, or, with `devices`, a grant: the numbers of the GPUs, from 0. */
export interface SlotClaim {
  readonly name: string;
  /** Counts arrivals. */
  readonly ticket: number;
  readonly priority: number;
  readonly cpus: number;
  readonly gpus: number;
  readonly devices?: readonly number[];
}

/**
 * Grants slots: higher priority first, then first come first served.
 *
 * A claim that does not fit keeps what is free of what it asks for, so that smaller claims behind it never make it wait
 * longer; they may use only what it does not need. Grants are never taken back.
 *
 * @returns the claims in the same order, those that now fit with their devices
 */
export function allocate<Claim extends SlotClaim>(claims: readonly Claim[], capacity: Capacity): readonly Claim[] {
  const held = claims.filter(({ devices }) => devices !== undefined);
  let freeCpus = capacity.cpus - sum(held.map(({ cpus }) => cpus));
  const taken = new Set(held.flatMap(({ devices }) => devices ?? []));
  let freeDevices = Array.from({ length: capacity.gpus }, (_, device) => device).filter((device) => !taken.has(device));
  const granted = new Map<Claim, readonly number[]>();
  for (const claim of waiting(claims)) {
    if (claim.cpus <= freeCpus && claim.gpus <= freeDevices.length) {
      granted.set(claim, freeDevices.slice(0, claim.gpus));
    }
    freeCpus = Math.max(0, freeCpus - claim.cpus);
    freeDevices = freeDevices.slice(claim.gpus);
  }
  return claims.map((claim) => {
    const devices = granted.get(claim);
    return devices === undefined ? claim : { ...claim, devices };
  });
}

/** The claims that wait, in the order in which they will be served. */
export function waiting<Claim extends SlotClaim>(claims: readonly Claim[]): readonly Claim[] {
  return claims
    .filter(({ devices }) => devices === undefined)
    .toSorted((left, right) => right.priority - left.priority || left.ticket - right.ticket);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
