import type { RolloutPhase } from "../domain/release.ts";

/** Where a roll-out stands. Small and replayed: it changes only by the functions of this file. */
export interface Rollout {
  readonly phase: RolloutPhase;
  /** Stage in progress, from 0; equal to `steps` once the last is done. */
  readonly step: number;
  readonly steps: number;
  /** Has the analysis shown once that the candidate is safe? */
  readonly proven: boolean;
  /** Why something went on, or will go on, without that proof; kept for the record. */
  readonly unproven?: string;
  /** Why it is paused or how it ended. */
  readonly message: string;
  /** Who or what holds it: a person's pause outlives the stage, an inconclusive verdict ends with a person's word. */
  readonly heldBy?: "person" | "analysis" | "step";
}

/** What the watch over one stage came to. */
export interface StageResult {
  readonly next: "advance" | "pause" | "rollback";
  readonly proven: boolean;
  readonly reason: string;
  readonly message: string;
}

export type RolloutAction = "pause" | "resume" | "promote" | "promoteFull";

export function begin(steps: number): Rollout {
  return { phase: "Progressing", step: 0, steps, proven: false, message: "" };
}

/** Healthy and Degraded are final. */
export function isOver(rollout: Rollout): boolean {
  return rollout.phase === "Healthy" || rollout.phase === "Degraded";
}

/** Are all stages done, so that only the promotion itself is left? */
export function isComplete(rollout: Rollout): boolean {
  return !isOver(rollout) && rollout.step >= rollout.steps;
}

/** The state after a stage has been watched. A person's pause keeps holding when the stage could have gone on. */
export function afterStage(rollout: Rollout, result: StageResult): Rollout {
  if (isOver(rollout) || isComplete(rollout)) return rollout;
  const proven = rollout.proven || result.proven;
  switch (result.next) {
    case "rollback":
      return { ...rollout, proven, phase: "Degraded", message: result.message };
    case "pause":
      return { ...rollout, proven, phase: "Paused", heldBy: "analysis", message: result.message };
    case "advance": {
      const unproven = result.reason === "unproven" ? { unproven: result.message } : {};
      if (rollout.heldBy === "person") return { ...rollout, ...unproven, proven };
      return recorded({ ...advanced(rollout), ...unproven, proven });
    }
  }
}

/** The state after a person's action; undefined when the action means nothing in this state. */
export function afterAction(rollout: Rollout, action: RolloutAction, by: string): Rollout | undefined {
  if (isOver(rollout) || isComplete(rollout)) return undefined;
  switch (action) {
    case "pause":
      return rollout.heldBy === "person"
        ? undefined
        : { ...rollout, phase: "Paused", heldBy: "person", message: `paused by ${by}` };
    case "resume":
      return rollout.phase === "Paused" ? resumed(rollout) : undefined;
    case "promote":
      return overruled(advanced(rollout), rollout, by);
    case "promoteFull":
      return overruled({ ...advanced(rollout), step: rollout.steps }, rollout, by);
  }
}

/** The state when a pause that nobody ended has lasted too long, or the roll-out was called off. */
export function calledOff(rollout: Rollout, message: string): Rollout {
  return isOver(rollout) ? rollout : { ...rollout, phase: "Degraded", message };
}

/** The state once the promotion is verified. */
export function promoted(rollout: Rollout): Rollout {
  return isOver(rollout) ? rollout : { ...rollout, phase: "Healthy", message: rollout.unproven ?? "promoted" };
}

function advanced(rollout: Rollout): Rollout {
  const { heldBy: _, ...rest } = rollout;
  return { ...rest, phase: "Progressing", step: rollout.step + 1, message: "" };
}

function resumed(rollout: Rollout): Rollout {
  const { heldBy: _, ...rest } = rollout;
  return { ...rest, phase: "Progressing", message: "" };
}

/** Nothing reaches its promotion both unproven and without saying so. */
function recorded(next: Rollout): Rollout {
  if (!isComplete(next) || next.proven || next.unproven !== undefined) return next;
  return { ...next, unproven: "no stage waited for the analysis to show safety" };
}

/** A person who goes on before the proof is there takes the place of the proof, and the record says so. */
function overruled(next: Rollout, before: Rollout, by: string): Rollout {
  return before.proven ? next : { ...next, unproven: `promoted by ${by} before the analysis had shown safety` };
}
