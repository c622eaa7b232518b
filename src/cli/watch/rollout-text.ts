import type { RolloutStatus } from "../../domain/release.ts";
import { counted } from "../words.ts";
import type { StepBeat } from "./beats.ts";

/**
 * Where a roll-out stands, in one line: from its own word (`rollout`) and from what the activity that watches its stage
 * last said (`step`). Undefined when neither is known.
 */
export function rolloutText(rollout: RolloutStatus | undefined, step: StepBeat | undefined): string | undefined {
  if (rollout === undefined && step === undefined) return undefined;
  const parts = [
    rollout === undefined ? undefined : `${rollout.phase} to ${rollout.environment}/${rollout.endpoint}`,
    stageText(rollout, step),
    ...(step === undefined ? [] : shares(step)),
  ];
  const head = `roll-out: ${parts.filter((part) => part !== undefined).join(", ")}`;
  const message = step?.trouble ?? rollout?.message ?? "";
  return message === "" ? head : `${head}. ${message}`;
}

function stageText(rollout: RolloutStatus | undefined, step: StepBeat | undefined): string {
  const current = (step?.step ?? rollout?.step ?? 0) + 1;
  return rollout === undefined ? `stage ${current}` : `stage ${Math.min(current, rollout.steps)} of ${rollout.steps}`;
}

function shares({ percent, mirrorPercent, samples }: StepBeat): readonly string[] {
  return [
    mirrorPercent > 0 ? `${mirrorPercent} % mirrored to the candidate` : `candidate answers ${percent} %`,
    ...(samples === undefined ? [] : [counted(samples, "sample")]),
  ];
}
