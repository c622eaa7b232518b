import type { Refusal } from "../domain/release.ts";

const KEPT = 50;

/** The messages that did not count: the last fifty in full, all of them by number. */
export interface Refusals {
  add(refusal: Refusal): void;
  readonly last: readonly Refusal[];
  readonly count: number;
}

export function keepRefusals(): Refusals {
  const kept: Refusal[] = [];
  let count = 0;
  return {
    add(refusal) {
      count += 1;
      kept.push(refusal);
      if (kept.length > KEPT) kept.shift();
    },
    get last() {
      return kept;
    },
    get count() {
      return count;
    },
  };
}
