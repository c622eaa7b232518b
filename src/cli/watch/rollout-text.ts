import type { RolloutStatus } from "../../domain/release.ts";
import { counted } from "../words.ts";
import type { StepBeat } from "./beats.ts";

/** Where a roll-out stands, in one line; `step` is what the activity that watches it last said. */
export function rolloutText(rollout: RolloutStatus, step: StepBeat | undefined): string {
  const { environment, endpoint, phase, steps, message } = rollout;
  const head = `roll-out to ${environment}/${endpoint}: ${phase}, stage ${Math.min(rollout.step + 1, steps)} of ${steps}`;
  const share = step === undefined || step.step !== rollout.step ? "" : `, ${shareText(step)}`;
  return `${head}${share}${message === "" ? "" : `. ${message}`}`;
}

function shareText({ percent, mirrorPercent, samples }: StepBeat): string {
  const parts = [
    `candidate ${percent} %`,
    ...(mirrorPercent > 0 ? [`mirrored ${mirrorPercent} %`] : []),
    ...(samples === undefined ? [] : [counted(samples, "sample")]),
  ];
  return parts.join(", ");
}
