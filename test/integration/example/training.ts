import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../../src/supervisor/contract-environment.ts";
import { EXAMPLE, start, type Running } from "./python.ts";

/** Twelve short rounds with a checkpoint after every third. */
export const SHORT = { rounds: 12, passesPerRound: 1, checkpointEvery: 3 } as const;

/** The folders of one training, as Slipway would lay them out. */
export interface TrainingPlace {
  readonly output: string;
  readonly checkpoints: string;
  readonly variables: Environment;
}

/** Empty folders for a training with these parameters. */
export async function trainingPlace(parameters: object, seed = 7): Promise<TrainingPlace> {
  const root = await mkdtemp(join(tmpdir(), "slipway-training-"));
  const [output, checkpoints, parametersFile] = [
    join(root, "output"),
    join(root, "checkpoints"),
    join(root, "parameters"),
  ];
  await mkdir(checkpoints);
  await writeFile(parametersFile, JSON.stringify(parameters));
  const variables = {
    SLIPWAY_PARAMS_FILE: parametersFile,
    SLIPWAY_OUTPUT_DIR: output,
    SLIPWAY_CHECKPOINT_DIR: checkpoints,
    SLIPWAY_SEED: String(seed),
  };
  return { output, checkpoints, variables };
}

/** Starts train.py on the example's data, from the newest checkpoint of the place when it is to go on. */
export async function train(
  place: TrainingPlace,
  environment: Environment,
  more: Environment = {},
  from: "start" | "checkpoint" = "start",
): Promise<Running> {
  const step = from === "start" ? 0 : await newestCheckpoint(place);
  const resume = step === 0 ? {} : { SLIPWAY_RESUME_DIR: join(place.checkpoints, `step-${step}`) };
  return start(["python", "train.py"], EXAMPLE, { ...environment, ...place.variables, ...resume, ...more });
}

/** The number of the newest committed checkpoint, 0 without one. */
export async function newestCheckpoint({ checkpoints }: TrainingPlace): Promise<number> {
  const steps = (await readdir(checkpoints)).map((name) => Number(/^step-(\d+)$/u.exec(name)?.[1] ?? 0));
  return Math.max(0, ...steps);
}

/** The step of a line of progress; undefined for any other line. */
export function stepOf(line: string): number | undefined {
  const step = /^\{"step": (\d+),/u.exec(line)?.[1];
  return step === undefined ? undefined : Number(step);
}

export function modelBytes(place: TrainingPlace): Promise<Buffer> {
  return readFile(join(place.output, "model.json"));
}
