import { shortName } from "../digest.ts";

/**
 * A release id that sorts by time and is not taken by accident: `employment-20261121-110512-k4f`, the time in UTC.
 *
 * @param chance anything that differs from one call to the next
 */
export function newReleaseId(pipeline: string, atMs: number, chance: string): string {
  const stamp = new Date(atMs).toISOString().slice(0, 19).replaceAll(/[-:]/gu, "").replace("T", "-");
  return `${pipeline}-${stamp}-${shortName([pipeline, stamp, chance], 3)}`;
}
