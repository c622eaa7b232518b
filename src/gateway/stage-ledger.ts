import type { StageCounts } from "../domain/traffic.ts";

export type ArmName = "champion" | "candidate";

/**
 * Units of both arms in one stage that are kept. Later keys of either arm count in neither, so that the arms stay
 * comparable; how many requests that concerned is told. A unit takes about 50 bytes.
 */
export const MAX_UNITS_PER_STAGE = 1_000_000;

/** Counts units and failures of one roll-out in memory, by stage. A unit is a routing key, as a number. */
export interface StageLedger {
  /** The unit is assigned to the arm. @returns true when it is new there */
  open(stage: number, arm: ArmName, unit: number): boolean;
  /** The unit failed for the arm it was assigned to. @returns true at its first failure */
  fail(stage: number, arm: ArmName, unit: number): boolean;
  /** In order of stage. */
  counts(): readonly StageCounts[];
  /** Requests of keys that came when a stage was full. */
  uncountedRequests(): number;
}

interface ArmUnits {
  readonly opened: Set<number>;
  readonly failed: Set<number>;
}

type StageUnits = Readonly<Record<ArmName, ArmUnits>>;

/**
 * A unit is one key in one stage and one arm: when the weight changes within a stage, a key that moves is a unit of
 * each arm, and fails at most once in each.
 */
export function createStageLedger(maxUnitsPerStage: number = MAX_UNITS_PER_STAGE): StageLedger {
  const stages = new Map<number, StageUnits>();
  let uncounted = 0;
  const unitsOf = (stage: number): StageUnits => {
    const known = stages.get(stage);
    if (known !== undefined) return known;
    const fresh = { champion: emptyArm(), candidate: emptyArm() };
    stages.set(stage, fresh);
    return fresh;
  };
  return {
    open(stage, arm, unit) {
      const units = unitsOf(stage);
      if (units[arm].opened.has(unit)) return false;
      if (units.champion.opened.size + units.candidate.opened.size >= maxUnitsPerStage) {
        uncounted += 1;
        return false;
      }
      units[arm].opened.add(unit);
      return true;
    },
    fail(stage, arm, unit) {
      const { opened, failed } = unitsOf(stage)[arm];
      if (!opened.has(unit) || failed.has(unit)) return false;
      failed.add(unit);
      return true;
    },
    counts: () =>
      [...stages]
        .toSorted(([one], [other]) => one - other)
        .map(([stage, { champion, candidate }]) => ({
          stage,
          championUnits: champion.opened.size,
          championFailures: champion.failed.size,
          candidateUnits: candidate.opened.size,
          candidateFailures: candidate.failed.size,
        })),
    uncountedRequests: () => uncounted,
  };
}

function emptyArm(): ArmUnits {
  return { opened: new Set(), failed: new Set() };
}
