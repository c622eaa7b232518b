import { mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { MirrorCounts } from "../metrics/metric-source.ts";
import { errorCodeOf } from "../supervisor/error-code.ts";
import { LineWriter } from "./line-writer.ts";
import { createStageLedger, type ArmName, type StageLedger } from "./stage-ledger.ts";

const FLUSH_AFTER_MS = 10;

/** What mirroring a roll-out's requests has shown so far. */
export interface MirrorLedger extends MirrorCounts {
  /** Not sent, because too many mirrored requests were under way. */
  readonly dropped: number;
  /** Answered, but one of the two answers was too long to be compared. */
  readonly uncompared: number;
}

export const NOTHING_MIRRORED: MirrorLedger = { mirrored: 0, differed: 0, failed: 0, dropped: 0, uncompared: 0 };

/** A roll-out's counts that survive the gateway's death. */
export interface RolloutLedger extends StageLedger {
  readonly rolloutId: string;
  mirror(): MirrorLedger;
  countMirror(change: Partial<MirrorLedger>): void;
  /**
   * Returns once all that was counted so far is safe from the process's death. What is told to a judge is flushed
   * before, so a count once told is never taken back.
   */
  flush(): Promise<void>;
  close(): Promise<void>;
  problem(): string | undefined;
}

/**
 * Opens a roll-out's ledger and reads back what it holds. Lines are `u STAGE ARM UNIT .` (a new unit),
 * `f STAGE ARM UNIT .` (its first failure), both with the unit in base 36, and `m` with the mirror's counts so far;
 * reading one twice changes nothing. The full stop tells a whole line from a torn one, which does not count.
 */
export async function openRolloutLedger(path: string, rolloutId: string): Promise<RolloutLedger> {
  const { stages, mirror } = await readLedger(path);
  return journaled(rolloutId, stages, mirror, createJournal(path));
}

/** What a ledger on the disk holds; empty when there is none. */
export async function readLedger(
  path: string,
): Promise<{ readonly stages: StageLedger; readonly mirror: MirrorLedger }> {
  const stages = createStageLedger();
  let mirror = NOTHING_MIRRORED;
  for (const line of (await readText(path)).split("\n")) {
    if (!line.endsWith(" .")) continue;
    const [kind, first = "", arm = "", unit = "", ...rest] = line.split(" ");
    if (kind === "u") stages.open(Number(first), armOf(arm), Number.parseInt(unit, 36));
    else if (kind === "f") stages.fail(Number(first), armOf(arm), Number.parseInt(unit, 36));
    else if (kind === "m") mirror = mirrorOf([first, arm, unit, ...rest].map(Number));
  }
  return { stages, mirror };
}

function journaled(
  rolloutId: string,
  stages: StageLedger,
  mirrorBefore: MirrorLedger,
  journal: LineWriter,
): RolloutLedger {
  let mirror = mirrorBefore;
  return {
    ...stages,
    rolloutId,
    open(stage, arm, unit) {
      const isNew = stages.open(stage, arm, unit);
      if (isNew) journal.append(`u ${stage} ${arm} ${unit.toString(36)} .`);
      return isNew;
    },
    fail(stage, arm, unit) {
      const isFirst = stages.fail(stage, arm, unit);
      if (isFirst) journal.append(`f ${stage} ${arm} ${unit.toString(36)} .`);
      return isFirst;
    },
    mirror: () => mirror,
    countMirror(change) {
      mirror = {
        mirrored: mirror.mirrored + (change.mirrored ?? 0),
        differed: mirror.differed + (change.differed ?? 0),
        failed: mirror.failed + (change.failed ?? 0),
        dropped: mirror.dropped + (change.dropped ?? 0),
        uncompared: mirror.uncompared + (change.uncompared ?? 0),
      };
      const { mirrored, differed, failed, dropped, uncompared } = mirror;
      journal.append(`m ${mirrored} ${differed} ${failed} ${dropped} ${uncompared} .`);
    },
    flush: () => journal.flush(),
    close: () => journal.close(),
    problem: () => journal.problem,
  };
}

function createJournal(path: string): LineWriter {
  return new LineWriter({
    openSegment: async () => {
      await mkdir(dirname(path), { recursive: true });
      // After a failed write the file may end in a torn line; a line feed keeps it from spoiling the next one.
      const file = await open(path, "a");
      if ((await file.stat()).size > 0) await file.appendFile("\n");
      return file;
    },
    maxSegmentBytes: Infinity,
    // Lines are few (two a unit, and units are bounded) and every one counts: none is refused.
    maxWaitingBytes: Infinity,
    flushAfterMs: FLUSH_AFTER_MS,
  });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return "";
    throw error;
  }
}

function armOf(word: string): ArmName {
  return word === "candidate" ? "candidate" : "champion";
}

function mirrorOf(counts: readonly number[]): MirrorLedger {
  const [mirrored = 0, differed = 0, failed = 0, dropped = 0, uncompared = 0] = counts;
  return { mirrored, differed, failed, dropped, uncompared };
}
