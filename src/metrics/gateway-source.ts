import { stat } from "node:fs/promises";
import { messageOf, SlipwayError } from "../domain/errors.ts";
import type { StageCounts } from "../domain/traffic.ts";
import { askGateway } from "../gateway/admin-client.ts";
import type { CaptureRecord } from "../gateway/capture-record.ts";
import type { LabelRecord } from "../gateway/label-record.ts";
import { captureFolder, labelFolder, rolloutTag, UNSCOPED, type SegmentName } from "../gateway/state-layout.ts";
import { createTurns } from "../gateway/turns.ts";
import type { TrafficStats } from "../gateway/traffic-stats.ts";
import { createJsonLinesTail } from "./json-lines-tail.ts";
import { createLabelJoin, LABEL_JOIN_LIMITS } from "./label-join.ts";
import type { CountsQuery, MetricSource } from "./metric-source.ts";

/** Roll-outs whose joined labels are kept in memory; a further one is read again from the beginning. */
const MAX_FOLLOWED = 8;

/** By how much the machine's clock may have been set back meanwhile. */
const CLOCK_MARGIN_MS = 3_600_000;

export interface GatewayMetricSourceOptions {
  /** Base URL of the gateway's admin server, without a trailing slash. */
  readonly adminUrl: string;
  /** The gateway's state folder, with its capture and labels. */
  readonly stateDir: string;
  /** Labels that arrive later than this after their request do not count, in either arm; absent: all do. */
  readonly labelHorizonMs?: number;
}

/**
 * Counts failures from the embedded gateway: of requests by its own counters, of labels by joining capture and labels,
 * read on from where the last look ended.
 */
export function createGatewayMetricSource(options: GatewayMetricSourceOptions): MetricSource {
  const followed = new Map<string, FollowedRollout>();
  const follow = (query: Query): FollowedRollout => {
    const name = JSON.stringify([query.environment, query.endpoint, query.rolloutId]);
    const known = followed.get(name) ?? followRollout(options, query);
    followed.delete(name);
    followed.set(name, known);
    const [oldest] = followed.keys();
    if (followed.size > MAX_FOLLOWED && oldest !== undefined) followed.delete(oldest);
    return known;
  };
  return {
    async counts(query) {
      switch (query.metric) {
        case "requestFailures":
          return (await readStats(options.adminUrl, query)).stages;
        case "labelFailures":
          return follow(query).look();
      }
    },
    async mirror(query) {
      const { mirrored, differed, failed } = (await readStats(options.adminUrl, query)).mirror;
      return { mirrored, differed, failed };
    },
  };
}

type Query = Omit<CountsQuery, "metric">;

interface FollowedRollout {
  /** Reads what is new and counts. */
  look(): Promise<readonly StageCounts[]>;
}

function followRollout(options: GatewayMetricSourceOptions, query: Query): FollowedRollout {
  const { environment, endpoint, rolloutId } = query;
  const { stateDir, labelHorizonMs } = options;
  const join = createLabelJoin(rolloutId, {
    ...LABEL_JOIN_LIMITS,
    ...(labelHorizonMs === undefined ? {} : { horizonMs: labelHorizonMs }),
  });
  const tag = rolloutTag(rolloutId);
  const capture = createJsonLinesTail(captureFolder(stateDir, environment, endpoint), (one) => one.tag === tag);
  const labels = [labelFolder(stateDir, environment, endpoint), labelFolder(stateDir, UNSCOPED, UNSCOPED)].map(
    (folder) => createJsonLinesTail(folder, (_, next) => !endedBefore(next, join.firstRequestAtMs())),
  );
  const readNew = async (): Promise<readonly StageCounts[]> => {
    await refuseMissing(stateDir);
    // Only our own gateway writes these files, and it checked each line.
    await capture.read((line) => join.addRequest(line as CaptureRecord));
    if (join.firstRequestAtMs() === undefined) return join.counts();
    for (const tail of labels) await tail.read((line) => join.addLabel(line as LabelRecord));
    return join.counts();
  };
  const inTurn = createTurns();
  return { look: () => inTurn(readNew) };
}

/** Had a segment got its last line when the first request came? Labels follow their requests: it holds none of theirs. */
function endedBefore(next: SegmentName | undefined, firstRequestAtMs: number | undefined): boolean {
  return next !== undefined && firstRequestAtMs !== undefined && next.begunAtMs < firstRequestAtMs - CLOCK_MARGIN_MS;
}

async function refuseMissing(stateDir: string): Promise<void> {
  try {
    await stat(stateDir);
  } catch (error) {
    const reason = messageOf(error);
    throw new SlipwayError("backend.unavailable", `Cannot read the gateway's state folder: ${reason}`, {}, error);
  }
}

async function readStats(adminUrl: string, query: Query): Promise<TrafficStats> {
  const { environment, endpoint, rolloutId } = query;
  const search = new URLSearchParams({ environment, endpoint, rolloutId });
  const stats = await askGateway(adminUrl, { method: "GET", path: `/stats?${search.toString()}` });
  if (stats === undefined) {
    throw new SlipwayError("backend.unavailable", `What answers at ${adminUrl} is no gateway: it has no /stats`);
  }
  return stats as TrafficStats;
}
