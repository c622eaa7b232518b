import { z } from "zod";
import { closed } from "./closed-object.ts";
import { Name, WholeNumber } from "./fields.ts";
import { jobShape, LATER_JOB_KEYS } from "./job-schema.ts";

const Action = z.enum(["block", "requireApproval", "warn"]);

const Scalar = z.union([z.string(), z.number(), z.boolean()], { error: "must be text, a number, true or false" });

const Gate = closed(
  {
    name: Name.describe("How the gate is called in reports."),
    metric: z
      .string()
      .min(1)
      .max(200)
      .describe("accuracy, logLoss, brier or auc from the predictions, or a key of metrics.json."),
    direction: z
      .enum(["increase", "decrease"])
      .optional()
      .describe("The direction that is bad; known for accuracy, auc (decrease), logLoss and brier (increase)."),
    slice: z
      .record(z.string().min(1), Scalar)
      .optional()
      .describe("Only rows of the predictions with these values in these columns."),
    sliceBy: z.string().min(1).optional().describe("One gate for each value of this column of the predictions."),
    minSliceSize: WholeNumber.positive().optional().describe("Slices with fewer rows are not judged; 100 by default."),
    value: closed({
      lowerBound: z.number().optional().describe("The metric must be at least this."),
      upperBound: z.number().optional().describe("The metric must be at most this."),
    })
      .optional()
      .describe("Bounds of the candidate's own value."),
    change: closed({
      absolute: z.number().min(0).optional().describe("Largest tolerated worsening, in the metric's own unit."),
      relative: z
        .number()
        .min(0)
        .optional()
        .describe("Largest tolerated worsening, as a share of the champion's value."),
    })
      .optional()
      .describe("Bounds of the change against the champion, without an error rate."),
    nonInferiority: closed(
      {
        margin: z.number().positive().describe("Largest tolerated worsening, in the metric's own unit."),
        alpha: z.number().positive().lt(0.5).default(0.05).describe("Chance to let a worse model pass, below .5."),
      },
      { scale: "give the margin in the metric's own unit" },
    )
      .optional()
      .describe(
        "Paired test on the same rows that the candidate is not worse than the champion by more than the margin.",
      ),
    onFail: Action.default("block").describe("What a failed gate does."),
    onInconclusive: Action.default("block").describe("What a gate without enough data does."),
    onNoBaseline: Action.default("block").describe("What a comparison does when there is no champion yet."),
  },
  {
    superiority: "use nonInferiority or value",
    equivalence: "use nonInferiority",
    maxImprovement: "use value.upperBound",
    clusterBy: "write one row for each independent item",
    family: "leave it out",
    correction: "leave it out: each slice must show non-inferiority on its own",
    critical: "use onFail",
    muted: "use onFail: warn",
    dryRun: "use onFail: warn",
    mustHaveData: "use onInconclusive",
  },
);

/** What the evaluation is judged by when the spec says nothing. */
export const DEFAULT_GATES = [
  { name: "no-worse", metric: "accuracy", nonInferiority: { margin: 0.01 }, onNoBaseline: "requireApproval" },
] as const;

export const Evaluation = closed(
  {
    ...jobShape,
    data: Name.describe("The data set that candidate and champion are both evaluated on."),
    gates: z
      .array(Gate)
      .min(1)
      .prefault(() => DEFAULT_GATES.map((gate) => ({ ...gate })))
      .describe("The conditions. By default: accuracy not worse than the champion's by more than one point."),
  },
  {
    ...LATER_JOB_KEYS,
    inputs: "the evaluation reads model and data",
    suites: "write the checks as metrics of metrics.json and gates",
    selfTest: "leave it out",
  },
);

export type GateDocument = z.output<typeof Gate>;
