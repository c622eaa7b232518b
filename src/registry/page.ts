import { SlipwayError } from "../domain/errors.ts";

/** Some rows, newest first, and where to go on. Rows that are added meanwhile neither shift nor repeat a page. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Hand it in as `cursor` for the next page; absent on the last one. */
  readonly next?: string;
}

/** Cuts a page from rows that were asked with one more than `limit`. */
export function pageOf<Row, Item>(found: {
  readonly rows: readonly Row[];
  readonly limit: number;
  readonly sequenceOf: (row: Row) => number;
  readonly itemOf: (row: Row) => Item;
}): Page<Item> {
  const shown = found.rows.slice(0, found.limit);
  const items = shown.map(found.itemOf);
  const last = found.rows.length > found.limit ? shown.at(-1) : undefined;
  return last === undefined ? { items } : { items, next: found.sequenceOf(last).toString(36) };
}

/** The sequence number that a cursor stands for. @throws {SlipwayError} `input.invalid` when it is none of ours */
export function readCursor(cursor: string): number {
  const sequence = /^[0-9a-z]{1,11}$/u.test(cursor) ? Number.parseInt(cursor, 36) : Number.NaN;
  if (Number.isSafeInteger(sequence)) return sequence;
  const message = `${JSON.stringify(cursor)} is no cursor: use the one that the page before gave as next.`;
  throw new SlipwayError("input.invalid", message);
}

/** A page has 1 to 500 rows. @throws {SlipwayError} `input.invalid` */
export function limitOf(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 500) return limit;
  throw new SlipwayError("input.invalid", `limit is ${limit}: a page has 1 to 500 rows.`);
}
