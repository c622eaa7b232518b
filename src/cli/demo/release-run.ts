import { setTimeout as delay } from "node:timers/promises";
import { startRelease } from "../../client.ts";
import { formatDuration } from "../../domain/duration.ts";
import { SlipwayError } from "../../domain/errors.ts";
import type { ReleaseInput } from "../../domain/release.ts";
import type { TemporalLink } from "../temporal-link.ts";
import { changesBetween } from "../watch/changes.ts";
import type { ReleaseEnd, ReleaseSnapshot } from "../watch/snapshot.ts";
import { takeSnapshot } from "../watch/take-snapshot.ts";
import type { Narrator } from "./narrator.ts";

const LOOK_INTERVAL_MS = 500;
/** No release of the demo takes as long, waits for people aside: one that does is stuck, and the demo says so. */
const LONGEST_RELEASE_MS = 8 * 60_000;

/** A release of the demo that has ended. */
export interface EndedRelease {
  readonly id: string;
  readonly end: ReleaseEnd;
  readonly tookMs: number;
}

/** Looks on while a release runs. */
export type Onlooker = (snapshot: ReleaseSnapshot) => Promise<void>;

/**
 * Starts a release, tells what happens, and shows every look at it to the onlookers until it ends.
 * @throws {SlipwayError} `environment.failed` when it does not end; the signal's reason when it aborts
 */
export async function runRelease(
  link: TemporalLink,
  id: string,
  input: ReleaseInput,
  onlookers: readonly Onlooker[],
  narrator: Narrator,
  signal: AbortSignal,
): Promise<EndedRelease> {
  await link.ask((client) => startRelease(client, input, { releaseId: id }));
  let activeMs = 0;
  let last: ReleaseSnapshot | undefined;
  for (;;) {
    const now = await takeSnapshot(link, id, last);
    for (const text of changesBetween(last, now, narrator.colors)) narrator.tell(text);
    for (const look of onlookers) await look(now);
    if (now.end !== undefined) return { id, end: now.end, tookMs: now.end.atMs - now.startedAtMs };
    if (now.status?.stage !== "awaiting approval") activeMs += last === undefined ? 0 : now.atMs - last.atMs;
    if (activeMs > LONGEST_RELEASE_MS) throw stuck(now);
    last = now;
    await delay(LOOK_INTERVAL_MS, undefined, { signal });
  }
}

function stuck({ release, status }: ReleaseSnapshot): SlipwayError {
  return new SlipwayError(
    "environment.failed",
    `Release ${release} is still at the stage "${status?.stage ?? "unknown"}" after ${formatDuration(LONGEST_RELEASE_MS)}; ${status?.awaiting ?? status?.rollout?.message ?? "nothing is known of why"}.`,
  );
}
