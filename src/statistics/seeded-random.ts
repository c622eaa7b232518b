/** A stream of pseudo-random numbers: a function of its seed alone, on every machine. */
export interface SeededRandom {
  /** A whole number from 0 to 2^32 - 1. */
  readonly uint32: () => number;
  /** A number in [0, 1) with 53 random bits. */
  readonly unit: () => number;
  /** A whole number from 0 to `limit - 1`; `limit` from 1 to 2^32. The bias is below `limit / 2^53`. */
  readonly below: (limit: number) => number;
}

/**
 * Starts a stream. Equal seeds give equal streams.
 *
 * The generator is xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS
 * 47, 2021), its state filled from the seed by splitmix32, the 32-bit finalizer of MurmurHash3 over a Weyl sequence.
 * @param seed any number; its lower 32 bits count
 */
export function createSeededRandom(seed: number): SeededRandom {
  return seededBy(expand(seed));
}

/** A stream from a whole state of four 32-bit words, not all zero: for known answers of the reference generator. */
export function seededBy(words: readonly [number, number, number, number]): SeededRandom {
  const state = Int32Array.from(words);
  let [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = state;
  const uint32 = (): number => {
    const scaled = Math.imul(s1, 5);
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = (s3 << 11) | (s3 >>> 21);
    return result;
  };
  const unit = (): number => (uint32() * 0x20_0000 + (uint32() >>> 11)) / 2 ** 53;
  return { uint32, unit, below: (limit) => Math.floor(unit() * limit) };
}

function expand(seed: number): readonly [number, number, number, number] {
  let weyl = Number.isFinite(seed) ? Math.trunc(seed % 2 ** 32) : 0;
  const next = (): number => {
    weyl = (weyl + 0x9e37_79b9) | 0;
    let mixed = weyl ^ (weyl >>> 16);
    mixed = Math.imul(mixed, 0x85eb_ca6b);
    mixed ^= mixed >>> 13;
    mixed = Math.imul(mixed, 0xc2b2_ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
  return [next(), next(), next(), next()];
}
