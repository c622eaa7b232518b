import type { JudgedEvaluation } from "../activities/judge-evaluation.ts";
import type { PackagedVersion } from "../activities/package-model.ts";
import type { ChampionRef, ReleaseBrief } from "../domain/brief.ts";
import type { Digest } from "../domain/json.ts";
import type { ReleaseOutcome } from "../domain/release.ts";
import type { ApprovalDesk } from "./approval-desk.ts";
import type { ReleaseState } from "./release-state.ts";

/** What the stages of one release share. */
export interface ReleaseDesk {
  readonly brief: ReleaseBrief;
  readonly state: ReleaseState;
  readonly desk: ApprovalDesk;
}

/** A release ends here, and why. */
export interface Ending {
  readonly outcome: ReleaseOutcome;
  readonly message: string;
}

/** Files that later jobs may ask for by name. */
export type Inputs = Readonly<Record<string, Digest>>;

export interface Trained {
  readonly model: Digest;
  readonly inputs: Inputs;
  readonly attempts: number;
}

export interface Evaluated extends JudgedEvaluation {
  readonly champion?: ChampionRef;
}

/** A version that people said yes to. */
export interface Approved {
  readonly version: PackagedVersion;
  readonly requestDigest: Digest;
  readonly evaluated: Evaluated;
}
