import { z } from "zod";
import { closed } from "./closed-object.ts";
import { Duration, Name, WholeNumber } from "./fields.ts";

const Percent = WholeNumber.min(0).max(100);

const Step = closed(
  {
    setWeight: Percent.optional().describe("Share of routing keys that the candidate answers, in percent."),
    setMirrorRoute: closed({
      percentage: Percent.describe(
        "Share of requests that the candidate sees too; its answers are compared and dropped.",
      ),
    })
      .optional()
      .describe("Let the candidate see requests without answering them."),
    pause: closed(
      {
        duration: Duration.optional().describe("How long to wait at least."),
        minSamples: WholeNumber.min(0).default(0).describe("How many requests the candidate must have seen."),
        timeout: Duration.optional().describe(
          "How long to wait for minSamples; then the roll-out pauses for a person.",
        ),
      },
      { onTimeout: "the roll-out pauses for a person" },
    )
      .optional()
      .describe("Wait for a time, for enough requests, or for both."),
    analysis: closed({}, { templates: "describe the analysis once, in canary.analysis", dryRun: "leave it out" })
      .optional()
      .describe("Wait for a verdict on harm and safety, as canary.analysis describes it."),
  },
  {
    approval: "leave it out: the release is approved before its roll-out",
    experiment: "use setMirrorRoute",
    setHeaderRoute: "use setWeight",
    setCanaryScale: "one server runs for each version",
    plugin: "use setWeight, setMirrorRoute, pause and analysis",
  },
).meta({ minProperties: 1, maxProperties: 1, description: "One step: setWeight, setMirrorRoute, pause or analysis." });

const Metric = z.enum(["requestFailures", "labelFailures"], {
  error: (issue) =>
    typeof issue.input === "string" && ["latency", "sampleRatio", "score"].includes(issue.input)
      ? `the metric ${issue.input} is not available yet; use requestFailures with slowAfter, or labelFailures`
      : undefined,
});

const Analysis = closed(
  {
    metrics: z
      .array(Metric)
      .min(1)
      .optional()
      .describe("Which failures are counted; by default requestFailures, and labelFailures where there is a decision."),
    alphaHarm: alpha().default(0.01).describe("Chance to roll back a harmless candidate, below .5."),
    alphaSafe: alpha().default(0.05).describe("Chance to promote a candidate beyond the tolerated ratio, below .5."),
    toleratedRatio: z.number().gt(1).max(20).default(1.5).describe("Largest tolerable ratio of the failure rates."),
    onInsufficientData: z
      .enum(["pause", "extend", "fail", "advance"])
      .default("pause")
      .describe(
        "When too few failures are seen to prove safety. advance promotes unproven, and says so in the record.",
      ),
    onInconclusive: z
      .enum(["pause", "rollback"])
      .default("pause")
      .describe("When the deadline passes without a verdict."),
    deadline: Duration.default("1h").describe("How long an analysis step may take."),
    interval: Duration.default("10s").describe("How often the judge looks."),
  },
  {
    templates: "use metrics",
    dryRun: "leave it out",
    failureLimit: "alphaHarm is the limit",
    inconclusiveLimit: "use onInconclusive",
    baseline: "the candidate is compared with the champion",
    onFail: "harm rolls back",
    judge: "the judge is the e-process of harm and safety",
    queries: "use metrics",
  },
);

function alpha() {
  return z.number().positive().lt(0.5);
}

/** What a canary does when the spec says nothing: a twentieth, a quarter, half; harm is watched throughout, safety must be shown at half. */
const DEFAULT_STEPS = [
  { setWeight: 5 },
  { pause: { duration: "10m" } },
  { setWeight: 25 },
  { pause: { duration: "10m" } },
  { setWeight: 50 },
  { pause: { duration: "10m" } },
  { analysis: {} },
  { setWeight: 100 },
] as const;

const Canary = closed(
  {
    steps: z
      .array(Step)
      .min(1)
      .prefault(() => structuredClone(DEFAULT_STEPS) as unknown as z.input<typeof Step>[])
      .describe("The steps in order; the last setWeight is 100."),
    analysis: Analysis.prefault({}).describe("How the candidate is compared with the champion on live traffic."),
  },
  { baseline: "the candidate is compared with the champion", progressDeadline: "use pauseTimeout" },
);

const OTHER_STRATEGY = "use canary";

const Strategy = closed(
  { canary: Canary.prefault({}).describe("Traffic moves in steps, each judged.") },
  {
    shadow: "use canary with setMirrorRoute before the first setWeight",
    blueGreen: "use canary with the steps {setWeight: 50}, {analysis: {}} and {setWeight: 100}",
    abTest: OTHER_STRATEGY,
    bandit: OTHER_STRATEGY,
    recreate: OTHER_STRATEGY,
  },
);

export const RolloutEnvironment = closed(
  {
    name: Name.default("production").describe("The environment's name."),
    endpoint: Name.optional().describe("The endpoint's name at the gateway; by default the model's name."),
    routingKey: closed({
      header: z
        .string()
        .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/u, { error: "is no name of an HTTP header" })
        .optional()
        .describe("HTTP header that holds the key."),
      bodyField: z.string().min(1).optional().describe("Field of the JSON body that holds the key, by dotted path."),
    })
      .optional()
      .describe("Requests of one key go to one version; by default each request stands alone."),
    slowAfter: Duration.optional().describe("Slower answers count as failures."),
    timeout: Duration.default("10s").describe("The gateway gives up on an answer after this time."),
    decision: closed({
      output: z.string().min(1).describe("Output tensor of Open Inference Protocol v2 that holds the prediction."),
      threshold: z.number().optional().describe("The decision is 1 when the output is at least this."),
      argmax: z.literal(true).optional().describe("The decision is the index of the largest output."),
    })
      .optional()
      .describe("How a decision is read from an answer, to compare it with labels; without a rule, the output itself."),
    strategy: Strategy.prefault({}).describe("How traffic moves to the new version."),
    pauseTimeout: Duration.default("24h").describe("A pause that nobody ends is rolled back after this time."),
    scaleDownDelay: Duration.default("30s").describe("How long the server that lost its traffic is kept."),
  },
  {
    promotionWindows: "start releases when they may be promoted",
    rollbackWindow: "use slipway registry rollback",
    abortScaleDownDelay: "use scaleDownDelay",
    progressDeadline: "use pauseTimeout",
    router: "traffic goes through the embedded gateway",
    approval: "one approval stands before the roll-out",
    freeze: "start no releases",
  },
);

export type RolloutDocument = z.output<typeof RolloutEnvironment>;
export type StepDocument = z.output<typeof Step>;
