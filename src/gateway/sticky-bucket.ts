import murmurhash from "murmurhash";

/** How many buckets there are: a bucket is a hundredth of a percent of the keys. */
export const BUCKETS = 10_000;

const RANGE = 2 ** 32;

/**
 * Which bucket a key falls into: (uint64(murmur3_32(seed + key)) · buckets) >> 32, as flagd's fractional evaluation
 * (https://flagd.dev/reference/custom-operations/fractional-operation/). With one seed a key stays where it is, so a
 * share that grows only ever adds keys.
 *
 * @returns a whole number from 0 to `buckets` − 1
 */
export function bucketOf(seed: string, key: string, buckets: number = BUCKETS): number {
  // Below 2^53, hence exact; dividing by a power of two rounds nothing.
  return Math.floor((murmurhash.v3(seed + key, 0) * buckets) / RANGE);
}

/** Is the key among the first `percent` (0 to 100, in steps of .01) of all keys under this seed? */
export function isWithinShare(seed: string, key: string, percent: number): boolean {
  if (percent <= 0) return false;
  if (percent >= 100) return true;
  return bucketOf(seed, key) < Math.round((percent * BUCKETS) / 100);
}

/**
 * A number for a routing key that is as good as unique: 53 bits, all that a JavaScript number holds exactly. Among a
 * million keys two coincide with a chance of 6 in 100,000.
 */
export function unitOf(key: string): number {
  return (murmurhash.v3(key, 0x9e3779b9) & 0x1fffff) * RANGE + murmurhash.v3(key, 0x85ebca6b);
}
