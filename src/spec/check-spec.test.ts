import { describe, expect, test } from "vitest";
import { checkSpec, parseSpec } from "./check-spec.ts";
import { formatProblems } from "./problem-text.ts";

/** A whole, sound slipway.yaml; each case below changes one thing of it. */
const SOUND = `slipway: 1
model: churn
team: growth
risk: medium
data:
  train: {files: data/train.parquet}
  holdout: {files: data/holdout.parquet}
prepare: []
train:
  command: [python, train.py]
  inputs: [train]
  parameters: {rounds: 60}
  resources: {cpu: 1, gpu: 0, memory: 1Gi}
  env: {MODE: fast}
  seed: 7
  deadline: 30m
  retries: {preemption: 50}
evaluate:
  command: [python, evaluate.py]
  data: holdout
  gates:
    - {name: floor, metric: accuracy, value: {lowerBound: 0.75}}
serve:
  command: [python, serve.py]
  ready: /v2/health/ready
  smoke: {path: /infer, body: {inputs: []}}
approval: {requiredApprovals: 1}
environments:
  - name: production
    routingKey: {header: x-person}
    decision: {output: probability, threshold: 0.5}
    strategy:
      canary:
        steps: [{setMirrorRoute: {percentage: 100}}, {setWeight: 10}, {pause: {duration: 5s}}, {analysis: {}}, {setWeight: 50}, {setWeight: 100}]
        analysis: {metrics: [labelFailures], toleratedRatio: 1.5, interval: 1s, deadline: 2m}
    scaleDownDelay: 30s
`;

/** What is wrong, what is replaced by what, and all that is said about it, with line, column and path. */
const BAD_SPECS: readonly { what: string; from: string; to: string; says: readonly string[] }[] = [
  { what: "a missing key", from: "model: churn\n", to: "", says: ["1:1 model: is missing; must be text"] },
  {
    what: "a key twice",
    from: "team: growth",
    to: "team: growth\nteam: other",
    says: ["4:1: the key team is there twice; keep one"],
  },
  {
    what: "a wrong version",
    from: "slipway: 1",
    to: "slipway: 2",
    says: ["1:10 slipway: must be 1, the only version of the format"],
  },
  { what: "no version", from: "slipway: 1\n", to: "", says: ["1:1 slipway: is missing; write slipway: 1"] },
  {
    what: "text instead of a group",
    from: "train:\n  command: [python, train.py]\n  inputs: [train]",
    to: "train: python train.py",
    says: ["9:8: Nested mappings are not allowed in compact mappings"],
  },
  {
    what: "an unknown key",
    from: "team: growth",
    to: "taem: growth",
    says: ["3:1 taem: is not a known key; did you mean team?"],
  },
  {
    what: "an unknown key with nothing near",
    from: "team: growth",
    to: "colour: blue",
    says: [
      "3:1 colour: is not a known key; known: slipway, model, team, risk, python, data, prepare, train, evaluate, serve, approval, environments",
    ],
  },
  {
    what: "a key of a later version",
    from: "team: growth",
    to: 'triggers: [{cron: "0 3 * * *"}]',
    says: ["3:1 triggers: triggers is not available yet; start releases with slipway run or any Temporal client"],
  },
  {
    what: "an unknown risk",
    from: "risk: medium",
    to: "risk: extreme",
    says: ['4:7 risk: must be low, medium or high, not the text "extreme"'],
  },
  {
    what: "a bad name",
    from: "model: churn",
    to: 'model: "churn model"',
    says: [
      '2:8 model: "churn model" is no name: use 1 to 63 letters, digits, dots, underscores and hyphens, beginning and ending with a letter or digit',
    ],
  },
  {
    what: "a command as one text",
    from: "command: [python, evaluate.py]",
    to: "command: python evaluate.py",
    says: ["19:12 evaluate.command: must be a list of words, such as [python, evaluate.py]"],
  },
  {
    what: "an empty command",
    from: "command: [python, evaluate.py]",
    to: "command: []",
    says: ["19:12 evaluate.command: must have at least one entry"],
  },
  {
    what: "a number in a command",
    from: "command: [python, evaluate.py]",
    to: "command: [python, evaluate.py, 3]",
    says: ["19:34 evaluate.command[2]: must be text: put the number in quotes"],
  },
  {
    what: "a container image",
    from: "command: [python, evaluate.py]",
    to: "command: [python, evaluate.py]\n  image: registry/evaluate",
    says: [
      "20:3 evaluate.image: image is not available yet; give a command, and install what it needs with python.requirements",
    ],
  },
  {
    what: "a bad duration",
    from: "deadline: 30m",
    to: "deadline: 30 minutes",
    says: ["16:13 train.deadline: must be a duration such as 250ms, 30s or 1h30m, not 30 minutes"],
  },
  {
    what: "a duration of zero",
    from: "deadline: 30m",
    to: "deadline: 0s",
    says: ["16:13 train.deadline: 0s is out of range: must be above zero and at most 366d"],
  },
  {
    what: "a bare number as a duration",
    from: "deadline: 30m",
    to: "deadline: 30",
    says: ["16:13 train.deadline: must be a duration such as 250ms, 30s or 1h30m, not 30"],
  },
  {
    what: "a bad amount of memory",
    from: "memory: 1Gi",
    to: "memory: 1GB",
    says: ["13:39 train.resources.memory: must be an amount such as 512Mi or 16Gi, not 1GB"],
  },
  {
    what: "cpu as text",
    from: "cpu: 1",
    to: 'cpu: "1"',
    says: ['13:20 train.resources.cpu: must be a number, not the text "1"'],
  },
  {
    what: "half a GPU",
    from: "gpu: 0",
    to: "gpu: 0.5",
    says: ["13:28 train.resources.gpu: must be a whole number, not the number 0.5"],
  },
  {
    what: "an unknown retry class",
    from: "preemption: 50",
    to: "preemptions: 50",
    says: ["17:13 train.retries.preemptions: is not a known key; did you mean preemption?"],
  },
  {
    what: "a negative retry",
    from: "preemption: 50",
    to: "preemption: -1",
    says: ["17:25 train.retries.preemption: must be at least 0, not the number -1"],
  },
  {
    what: "an env value that is no text",
    from: "MODE: fast",
    to: "MODE: 5",
    says: ["14:15 train.env.MODE: must be text: put the number in quotes"],
  },
  {
    what: "a reserved env name",
    from: "MODE: fast",
    to: 'SLIPWAY_SEED: "5"',
    says: ["14:9 train.env.SLIPWAY_SEED: is Slipway's own; use another name"],
  },
  {
    what: "a seed beyond exactness",
    from: "seed: 7",
    to: "seed: 12345678901234567890",
    says: [
      "15:9 train.seed: 12345678901234567890 cannot be kept exactly as a number; put it in quotes to keep it as text",
    ],
  },
  {
    what: "a parameter that is no number",
    from: "rounds: 60",
    to: "rounds: .inf",
    says: ["12:24 train.parameters.rounds: .inf is no number that JSON knows; use a finite number or text in quotes"],
  },
  {
    what: "an input that is not there",
    from: "inputs: [train]",
    to: "inputs: [trian]",
    says: ["11:12 train.inputs[0]: trian is no data set and no earlier job; did you mean train?"],
  },
  {
    what: "an input twice",
    from: "inputs: [train]",
    to: "inputs: [train, train]",
    says: ["11:19 train.inputs[1]: train is there twice"],
  },
  {
    what: "training on the evaluation's data",
    from: "inputs: [train]",
    to: "inputs: [train, holdout]",
    says: ["11:19 train.inputs[1]: holdout is what the model is evaluated on; it must not be trained on"],
  },
  {
    what: "evaluation data that are not there",
    from: "data: holdout",
    to: "data: houldout",
    says: ["20:9 evaluate.data: houldout is no data set; did you mean holdout?"],
  },
  {
    what: "a data set of a reserved name",
    from: "  train: {files: data/train.parquet}",
    to: "  train: {files: data/train.parquet}\n  model: {files: data/m.csv}",
    says: ["7:3 data.model: the name model is reserved; choose another"],
  },
  {
    what: "data outside the folder",
    from: "files: data/train.parquet",
    to: "files: ../train.parquet",
    says: ["6:18 data.train.files: ../train.parquet leaves the pipeline's folder: remove the .. from it"],
  },
  {
    what: "data on another machine",
    from: "files: data/train.parquet",
    to: "files: s3://bucket/train.parquet",
    says: [
      "6:18 data.train.files: s3://bucket/train.parquet: data from other machines is not available yet; copy the files into the pipeline's folder or to an absolute path on the workers",
    ],
  },
  {
    what: "data without a format",
    from: "files: data/train.parquet",
    to: "files: data/train",
    says: ["6:18 data.train.files: does not tell its format; end the names in .parquet or .csv, or give format"],
  },
  {
    what: "data of a later format",
    from: "files: data/train.parquet",
    to: "files: data/train.json, format: json",
    says: ["6:43 data.train.format: the format json is not available yet; convert the files to parquet or csv"],
  },
  {
    what: "data here and elsewhere",
    from: "files: data/train.parquet",
    to: "files: [data/a.csv, /mnt/b.csv]",
    says: ["6:18 data.train.files: must be all within the pipeline's folder or all absolute, not both"],
  },
  {
    what: "an absolute contract",
    from: "files: data/train.parquet",
    to: "files: data/train.parquet, contract: /c.yaml",
    says: ["6:48 data.train.contract: must be relative to the pipeline's folder"],
  },
  {
    what: "data by query",
    from: "files: data/train.parquet",
    to: "query: SELECT 1",
    says: [
      "6:3 data.train.files: is missing; must be a path, a glob or a list of them",
      "6:11 data.train.query: query is not available yet; export the query's rows to a parquet file and name it in files",
    ],
  },
  {
    what: "a prepare job of a taken name",
    from: "prepare: []",
    to: "prepare: [{name: holdout, command: [a]}]",
    says: ["8:18 prepare[0].name: the name holdout is taken by a data set or an earlier job; choose another"],
  },
  {
    what: "a prepare job of a reserved name",
    from: "prepare: []",
    to: "prepare: [{name: evaluate, command: [a]}]",
    says: ["8:18 prepare[0].name: the name evaluate is reserved; choose another"],
  },
  {
    what: "a prepare job that reads a later one",
    from: "prepare: []",
    to: "prepare: [{name: a, command: [x], inputs: [b]}, {name: b, command: [x]}]",
    says: ["8:44 prepare[0].inputs[0]: b is no data set and no earlier job; known: train, holdout"],
  },
  {
    what: "a gate without a condition",
    from: "value: {lowerBound: 0.75}",
    to: "onFail: warn",
    says: ["22:7 evaluate.gates[0]: the gate floor has no condition; give value, change or nonInferiority"],
  },
  {
    what: "a gate with an empty condition",
    from: "value: {lowerBound: 0.75}",
    to: "value: {}",
    says: ["22:46 evaluate.gates[0].value: must have lowerBound or upperBound"],
  },
  {
    what: "a gate that cannot be passed",
    from: "value: {lowerBound: 0.75}",
    to: "value: {lowerBound: 0.9, upperBound: 0.8}",
    says: ["22:46 evaluate.gates[0].value: lowerBound 0.9 is above upperBound 0.8: nothing can pass"],
  },
  {
    what: "a bound that is no accuracy",
    from: "value: {lowerBound: 0.75}",
    to: "value: {lowerBound: 75}",
    says: ["22:59 evaluate.gates[0].value.lowerBound: 75 is no accuracy: it lies between 0 and 1"],
  },
  {
    what: "a margin of zero",
    from: "value: {lowerBound: 0.75}",
    to: "nonInferiority: {margin: 0}",
    says: ["22:64 evaluate.gates[0].nonInferiority.margin: must be above 0, not the number 0"],
  },
  {
    what: "an alpha of a half",
    from: "value: {lowerBound: 0.75}",
    to: "nonInferiority: {margin: 0.01, alpha: 0.5}",
    says: ["22:77 evaluate.gates[0].nonInferiority.alpha: must be below 0.5, not the number 0.5"],
  },
  {
    what: "a test on a metric without rows",
    from: "metric: accuracy, value: {lowerBound: 0.75}",
    to: "metric: f1, direction: decrease, nonInferiority: {margin: 0.1}",
    says: [
      "22:70 evaluate.gates[0].nonInferiority: needs one of accuracy, auc, logLoss, brier, which are computed for each row; use value or change for f1",
    ],
  },
  {
    what: "a change without a direction",
    from: "metric: accuracy, value: {lowerBound: 0.75}",
    to: "metric: f1, change: {absolute: 0.1}",
    says: ["22:7 evaluate.gates[0]: give direction: which direction of f1 is bad, increase or decrease"],
  },
  {
    what: "a slice of a metric without rows",
    from: "metric: accuracy, value: {lowerBound: 0.75}",
    to: "metric: f1, slice: {SEX: 1}, value: {lowerBound: 0.1}",
    says: [
      "22:29 evaluate.gates[0].metric: slices need one of accuracy, auc, logLoss, brier; write the slice's value of f1 into metrics.json",
    ],
  },
  {
    what: "a direction the wrong way",
    from: "value: {lowerBound: 0.75}",
    to: "direction: increase, value: {lowerBound: 0.75}",
    says: ["22:50 evaluate.gates[0].direction: an increase of accuracy is not bad; leave direction out"],
  },
  {
    what: "a slice size without slices",
    from: "value: {lowerBound: 0.75}",
    to: "minSliceSize: 10, value: {lowerBound: 0.75}",
    says: ["22:53 evaluate.gates[0].minSliceSize: needs slice or sliceBy"],
  },
  {
    what: "a later condition",
    from: "value: {lowerBound: 0.75}",
    to: "superiority: {alpha: 0.05}",
    says: ["22:39 evaluate.gates[0].superiority: superiority is not available yet; use nonInferiority or value"],
  },
  {
    what: "two gates of one name",
    from: "    - {name: floor, metric: accuracy, value: {lowerBound: 0.75}}",
    to: "    - {name: floor, metric: accuracy, value: {lowerBound: 0.75}}\n    - {name: floor, metric: auc, value: {lowerBound: 0.75}}",
    says: ["23:14 evaluate.gates[1].name: the name floor is there twice; gates are told apart by it"],
  },
  {
    what: "no gates at all",
    from: "gates:\n    - {name: floor, metric: accuracy, value: {lowerBound: 0.75}}",
    to: "gates: []",
    says: ["21:10 evaluate.gates: must have at least one entry"],
  },
  {
    what: "two bodies of a smoke request",
    from: "body: {inputs: []}",
    to: "body: {inputs: []}, bodyFile: smoke.json",
    says: ["26:10 serve.smoke: must have body or bodyFile, and not both"],
  },
  {
    what: "no body of a smoke request",
    from: ", body: {inputs: []}",
    to: "",
    says: ["26:10 serve.smoke: must have body or bodyFile, and not both"],
  },
  {
    what: "a bad HTTP path",
    from: "ready: /v2/health/ready",
    to: "ready: v2/health/ready",
    says: ["25:10 serve.ready: must be an HTTP path such as /v2/health/ready"],
  },
  {
    what: "no approvals",
    from: "requiredApprovals: 1",
    to: "requiredApprovals: 0",
    says: ["27:31 approval.requiredApprovals: must be at least 1, not the number 0"],
  },
  {
    what: "later approval stages",
    from: "requiredApprovals: 1",
    to: "stages: []",
    says: ["27:12 approval.stages: stages is not available yet; give requiredApprovals"],
  },
  {
    what: "a second environment",
    from: "    scaleDownDelay: 30s",
    to: "    scaleDownDelay: 30s\n  - name: staging",
    says: [
      "37:5 environments[1]: a second environment is not available yet; keep one, and release to the other with a pipeline of its own",
    ],
  },
  {
    what: "a later strategy",
    from: "strategy:\n      canary:",
    to: "strategy:\n      blueGreen: {}\n      canary:",
    says: [
      "33:7 environments[0].strategy.blueGreen: blueGreen is not available yet; use canary with the steps {setWeight: 50}, {analysis: {}} and {setWeight: 100}",
    ],
  },
  {
    what: "two routing keys",
    from: "header: x-person",
    to: "header: x-person, bodyField: id",
    says: ["30:17 environments[0].routingKey: must have header or bodyField, and not both"],
  },
  {
    what: "two decision rules",
    from: "threshold: 0.5",
    to: "threshold: 0.5, argmax: true",
    says: ["31:15 environments[0].decision: has threshold and argmax; keep one"],
  },
  {
    what: "labels without a decision",
    from: "    decision: {output: probability, threshold: 0.5}\n",
    to: "",
    says: [
      "34:30 environments[0].strategy.canary.analysis.metrics[0]: labelFailures needs decision: which output is compared with the label",
    ],
  },
  {
    what: "a later metric",
    from: "metrics: [labelFailures]",
    to: "metrics: [latency]",
    says: [
      "35:30 environments[0].strategy.canary.analysis.metrics[0]: the metric latency is not available yet; use requestFailures with slowAfter, or labelFailures",
    ],
  },
  {
    what: "a tolerated ratio of one",
    from: "toleratedRatio: 1.5",
    to: "toleratedRatio: 1",
    says: ["35:62 environments[0].strategy.canary.analysis.toleratedRatio: must be above 1, not the number 1"],
  },
  {
    what: "an interval beyond the deadline",
    from: "interval: 1s",
    to: "interval: 5m",
    says: ["35:77 environments[0].strategy.canary.analysis.interval: must not be longer than deadline, 2m"],
  },
  {
    what: "a weight beyond 100",
    from: "{setWeight: 100}",
    to: "{setWeight: 101}",
    says: ["34:141 environments[0].strategy.canary.steps[5].setWeight: must be at most 100, not the number 101"],
  },
  {
    what: "a weight that falls",
    from: "{setWeight: 50}",
    to: "{setWeight: 5}",
    says: ["34:124 environments[0].strategy.canary.steps[4].setWeight: 5 must be higher: the weight before is 10"],
  },
  {
    what: "no weight of 100",
    from: ", {setWeight: 100}]",
    to: "]",
    says: ["34:16 environments[0].strategy.canary.steps: the last setWeight must be 100: add {setWeight: 100}"],
  },
  {
    what: "no analysis",
    from: "{analysis: {}}, ",
    to: "",
    says: ["34:16 environments[0].strategy.canary.steps: has no analysis before setWeight 100; add {analysis: {}}"],
  },
  {
    what: "an analysis of mirrored traffic",
    from: "{setWeight: 10}, ",
    to: "",
    says: [
      "34:16 environments[0].strategy.canary.steps: has no analysis before setWeight 100; add {analysis: {}}",
      "34:79 environments[0].strategy.canary.steps[2]: an analysis needs traffic of both versions; mirrored requests never count; put it after a setWeight",
    ],
  },
  {
    what: "a pause without an end",
    from: "{pause: {duration: 5s}}",
    to: "{pause: {}}",
    says: ["34:79 environments[0].strategy.canary.steps[2].pause: has no end; give duration, minSamples or both"],
  },
  {
    what: "a timeout without samples",
    from: "{pause: {duration: 5s}}",
    to: "{pause: {duration: 5s, timeout: 1m}}",
    says: ["34:103 environments[0].strategy.canary.steps[2].pause.timeout: needs minSamples, which it waits for"],
  },
  {
    what: "a timeout before the end",
    from: "{pause: {duration: 5s}}",
    to: "{pause: {duration: 5m, minSamples: 9, timeout: 1m}}",
    says: ["34:118 environments[0].strategy.canary.steps[2].pause.timeout: must not be shorter than duration, 5m"],
  },
  {
    what: "two kinds in one step",
    from: "{pause: {duration: 5s}}",
    to: "{pause: {duration: 5s}, analysis: {}}",
    says: [
      "34:71 environments[0].strategy.canary.steps[2]: must have exactly one of setWeight, setMirrorRoute, pause and analysis",
    ],
  },
  {
    what: "a step of no kind",
    from: "{pause: {duration: 5s}}",
    to: "{}",
    says: [
      "34:71 environments[0].strategy.canary.steps[2]: must have exactly one of setWeight, setMirrorRoute, pause and analysis",
    ],
  },
  {
    what: "a later kind of step",
    from: "{pause: {duration: 5s}}",
    to: "{approval: {}}",
    says: [
      "34:72 environments[0].strategy.canary.steps[2].approval: approval is not available yet; leave it out: the release is approved before its roll-out",
    ],
  },
  {
    what: "a reserved key",
    from: "rounds: 60",
    to: "__proto__: 60",
    says: ["12:16 train.parameters.__proto__: this name is reserved; choose another"],
  },
];

describe("a slipway.yaml", () => {
  test("that is sound has no problems", () => {
    expect(parseSpec(SOUND, "slipway.yaml").problems).toEqual([]);
  });

  test.each(BAD_SPECS)("with $what is refused at its place", ({ from, to, says }) => {
    expect(SOUND).toContain(from);
    const { spec, problems } = parseSpec(SOUND.replace(from, to), "slipway.yaml");
    expect(formatProblems(problems).split("\n")).toEqual(says.map((line) => `slipway.yaml:${line}`));
    expect(spec).toBeUndefined();
  });

  test("tells all its problems at once, in the order of its lines", () => {
    const text = SOUND.replace("team: growth", "taem: growth")
      .replace("cpu: 1", "cpu: many")
      .replace("[python, evaluate.py]", "python evaluate.py")
      .replace("value: {lowerBound: 0.75}", "onFail: warn")
      .replace("data: holdout", "data: nothing")
      .replace("{setWeight: 50}", "{setWeight: 5}");
    const { problems } = parseSpec(text, "slipway.yaml");
    expect(problems.map(({ line, path }) => [line, path])).toEqual([
      [3, "taem"],
      [13, "train.resources.cpu"],
      [19, "evaluate.command"],
      [20, "evaluate.data"],
      [22, "evaluate.gates[0]"],
      [34, "environments[0].strategy.canary.steps[4].setWeight"],
    ]);
  });

  test("never shows the value of an environment variable", () => {
    const { problems } = parseSpec(SOUND.replace("MODE: fast", "TOKEN: 73911"), "slipway.yaml");
    expect(formatProblems(problems)).not.toContain("73911");
  });
});

describe("a spec given as JSON", () => {
  test("has problems with paths and no places", () => {
    const { problems } = checkSpec({ slipway: 1, model: "m", environments: [{ name: "a b" }] });
    expect(problems.map(({ path }) => path)).toEqual(["data", "train", "evaluate", "serve", "environments[0].name"]);
    expect(problems.every((problem) => problem.line === undefined && problem.file === undefined)).toBe(true);
  });

  test("that was checked before gives itself again", () => {
    const { spec } = parseSpec(SOUND, "slipway.yaml");
    expect(spec).toBeDefined();
    expect(checkSpec(spec)).toEqual({ spec, problems: [] });
  });

  test.each([undefined, null, 5, "slipway: 1", [], new Map(), () => 1])("that is none (%s) is one problem", (value) => {
    expect(checkSpec(value).problems).toHaveLength(1);
  });

  test("that holds itself is refused, not walked for ever", () => {
    const loop: Record<string, unknown> = { slipway: 1 };
    loop["train"] = loop;
    expect(checkSpec(loop).problems[0]?.message).toContain("levels");
  });
});
