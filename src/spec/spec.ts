import { z } from "zod";
import { closed, notYet } from "./closed-object.ts";
import { Datasets } from "./data-schema.ts";
import { Name, PackedPath } from "./fields.ts";
import { Evaluation } from "./gate-schema.ts";
import { PrepareJob, TrainJob } from "./job-schema.ts";
import { RolloutEnvironment } from "./rollout-schema.ts";
import { Approval, Serving } from "./serve-schema.ts";

const PackageVersion = z.literal(1, {
  error: (issue) =>
    issue.input === undefined ? "is missing; write slipway: 1" : "must be 1, the only version of the format",
});

/** The shape of slipway.yaml. What the shape cannot say is checked by `checkSpec`. */
export const SpecSchema = closed(
  {
    slipway: PackageVersion.describe("Version of this file's format."),
    model: Name.describe("The model's name in the registry."),
    team: Name.default("default").describe("Who owns the model."),
    risk: z
      .enum(["low", "medium", "high"])
      .default("medium")
      .describe("Risk tier. High asks for two approvals with reasons."),
    python: closed(
      { requirements: PackedPath.describe("A pip requirements file within the pipeline's folder.") },
      { version: "the workers' python3 is used", image: "install what the pipeline needs with requirements" },
    )
      .optional()
      .describe("A virtual environment for all commands of the pipeline."),
    data: Datasets,
    prepare: z.array(PrepareJob).default([]).describe("Jobs that run before the training, in order."),
    train: TrainJob.describe("The training: writes the model's files into SLIPWAY_OUTPUT_DIR."),
    evaluate: Evaluation.describe("Runs once for the candidate and once for the champion, on the same data."),
    serve: Serving.describe("The model server."),
    approval: Approval.prefault({}).describe("Who must agree before the roll-out."),
    environments: z
      .array(RolloutEnvironment)
      .min(1)
      .prefault(() => [{}])
      .describe("Where the model is rolled out; exactly one so far."),
  },
  {
    triggers: "start releases with slipway run or any Temporal client",
    monitor: "watch the endpoint's metrics and start releases when they call for it",
    tune: "set fixed parameters in train.parameters",
    promotionWindows: "start releases when they may be promoted",
    notifications: "watch with slipway status --watch",
    notify: "watch with slipway status --watch",
    budgets: "leave it out",
    budget: "leave it out",
    signatures: "leave it out; every file of a version has its sha-256 in the manifest",
    package: "leave it out; the training's output folder is packaged as it is",
    rollout: "describe it under environments",
    policy: "set SLIPWAY_POLICY where the workers start",
    provenance: "leave it out",
    groups: "release the models one by one",
    schedule: "start releases with a Temporal schedule",
  },
);

/**
 * A checked slipway.yaml with every default filled in; plain JSON, durations and sizes still as text. Checking it
 * again gives the same, so its digest does not depend on which defaults were written out.
 */
export type Spec = z.output<typeof SpecSchema>;

/** The parts of a spec whose shape is right; the rest has problems of its own. */
export type SpecParts = Partial<Omit<Spec, "train" | "evaluate" | "serve">> & {
  readonly [Key in "train" | "evaluate" | "serve"]?: Partial<Spec[Key]>;
};

/** What several environments are refused with. */
export const ONE_ENVIRONMENT = notYet(
  "a second environment",
  "keep one, and release to the other with a pipeline of its own",
);
