/** Units and failures of two arms in one stage. */
export interface ArmCounts {
  readonly championUnits: number;
  readonly championFailures: number;
  readonly candidateUnits: number;
  readonly candidateFailures: number;
}

/**
 * How many times as often as the champion does the candidate fail, over stages with different shares?
 * The estimate of Mantel and Haenszel, which does not mix the stages' base rates; undefined while it would divide by 0.
 */
export function riskRatio(stages: readonly ArmCounts[]): number | undefined {
  let ofCandidate = 0;
  let ofChampion = 0;
  for (const stage of stages) {
    const units = stage.candidateUnits + stage.championUnits;
    if (units === 0) continue;
    ofCandidate += (stage.candidateFailures * stage.championUnits) / units;
    ofChampion += (stage.championFailures * stage.candidateUnits) / units;
  }
  return ofChampion === 0 ? undefined : ofCandidate / ofChampion;
}
