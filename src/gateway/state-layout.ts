import { join } from "node:path";
import { shortName } from "../digest.ts";

/**
 * Where what lies in the gateway's state folder. Names of environments and endpoints are checked where they enter and
 * never begin with an underscore.
 *
 * - `gateway.json`                                      the running process and its addresses
 * - `state.json`                                        the traffic states in force
 * - `ledger/<environment>/<endpoint>/<roll-out>.log`    units and failures of a roll-out, see ledger-journal.ts
 * - `capture/<environment>/<endpoint>/<segment>.jsonl`  requests and predictions, see capture-record.ts
 * - `labels/<environment>/<endpoint>/<segment>.jsonl`   labels, see label-record.ts; `labels/_/_/` for those sent
 *                                                       without naming an endpoint
 */
export function processPath(stateDir: string): string {
  return join(stateDir, "gateway.json");
}

export function statePath(stateDir: string): string {
  return join(stateDir, "state.json");
}

export function ledgerPath(stateDir: string, environment: string, endpoint: string, rolloutId: string): string {
  return join(stateDir, "ledger", environment, endpoint, `${rolloutTag(rolloutId)}.log`);
}

export function captureFolder(stateDir: string, environment: string, endpoint: string): string {
  return join(stateDir, "capture", environment, endpoint);
}

export function labelFolder(stateDir: string, environment: string, endpoint: string): string {
  return join(stateDir, "labels", environment, endpoint);
}

/** Stands for environment and endpoint of labels that came without. */
export const UNSCOPED = "_";

/** A roll-out's id as a part of a file name. */
export function rolloutTag(rolloutId: string | undefined): string {
  return rolloutId === undefined ? "none" : shortName([rolloutId], 16);
}

/** A segment of JSON lines: its number orders the segments of a folder, the tag says whose lines it holds. */
export interface SegmentName {
  readonly sequence: number;
  /** When it was begun, in ms since 1970. */
  readonly begunAtMs: number;
  readonly tag: string;
}

/** File name of a segment; names sort in the order of their numbers. */
export function segmentFile(segment: SegmentName): string {
  return `${String(segment.sequence).padStart(10, "0")}-${segment.begunAtMs}-${segment.tag}.jsonl`;
}

const SEGMENT = /^(\d{10})-(\d+)-([a-z0-9]+)\.jsonl$/u;

/** What a file's name says of its segment; undefined when it is none. */
export function parseSegmentFile(file: string): SegmentName | undefined {
  const match = SEGMENT.exec(file);
  if (match === null) return undefined;
  const [, sequence, begunAtMs, tag] = match;
  return { sequence: Number(sequence), begunAtMs: Number(begunAtMs), tag: tag ?? "" };
}
