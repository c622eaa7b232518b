import { mkdir, mkdtemp, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { checkSpec, parseSpec } from "../../../src/spec/check-spec.ts";
import { applySet } from "../../../src/spec/set-changes.ts";
import type { Environment } from "../../../src/supervisor/contract-environment.ts";
import { EXAMPLE, exampleEnvironment, prepareExampleData, start, succeeds } from "./python.ts";
import { modelBytes, newestCheckpoint, SHORT, stepOf, train, trainingPlace, type TrainingPlace } from "./training.ts";

let environment: Environment;
let undisturbed: Buffer;

beforeAll(async () => {
  environment = await exampleEnvironment();
  await prepareExampleData(environment);
  const place = await trainingPlace(SHORT);
  await succeeds(await train(place, environment));
  undisturbed = await modelBytes(place);
});

/** Three different steps of a short training, the last excepted, in order. */
function threeSteps(): readonly number[] {
  const steps = Array.from({ length: SHORT.rounds - 1 }, (_, index) => index + 1);
  const chosen = Array.from({ length: 3 }, () => steps.splice(Math.floor(Math.random() * steps.length), 1)[0] ?? 1);
  return chosen.toSorted((left, right) => left - right);
}

/** Kills the training with SIGKILL once it has reported the step. The last step that it reported. */
async function killAt(place: TrainingPlace, step: number): Promise<number> {
  const running = await train(place, environment, {}, "checkpoint");
  await running.line((line) => (stepOf(line) ?? 0) >= step);
  running.child.kill("SIGKILL");
  const { signal, lines } = await running.ended;
  expect(signal).toBe("SIGKILL");
  return Math.max(...lines.map((line) => stepOf(line) ?? 0));
}

describe("the example's training", () => {
  test("ends with the same bytes when it is killed at three random steps and goes on from its checkpoints", async () => {
    const place = await trainingPlace(SHORT);
    const steps = threeSteps();
    for (const step of steps) {
      const reached = await killAt(place, step);
      const kept = await newestCheckpoint(place);
      expect(reached - kept, `killed at ${steps.join(", ")}`).toBeLessThanOrEqual(SHORT.checkpointEvery);
    }
    await succeeds(await train(place, environment, {}, "checkpoint"));
    expect((await modelBytes(place)).equals(undisturbed), `killed at ${steps.join(", ")}`).toBe(true);
  });

  test("goes on from its checkpoint and not from the start", async () => {
    const place = await trainingPlace(SHORT);
    await killAt(place, 7);
    const kept = await newestCheckpoint(place);
    const { lines } = await succeeds(await train(place, environment, {}, "checkpoint"));
    expect(stepOf(lines[0] ?? "")).toBe(kept + 1);
  });

  test.each(["SIGTERM", "the stop file"])("commits a checkpoint and exits 76 at %s", async (how) => {
    const place = await trainingPlace({ ...SHORT, rounds: 100_000, checkpointEvery: 100_000 });
    const stopFile = join(place.checkpoints, "..", "stop");
    const running = await train(place, environment, { SLIPWAY_STOP_FILE: stopFile });
    await running.line((line) => stepOf(line) === 2);
    if (how === "SIGTERM") running.child.kill("SIGTERM");
    else await writeFile(stopFile, "");
    const { exitCode, lines } = await running.ended;
    expect(exitCode).toBe(76);
    expect(await newestCheckpoint(place)).toBe(Math.max(...lines.map((line) => stepOf(line) ?? 0)));
  });

  test("writes a damaged checkpoint anew when it comes to its step again", async () => {
    const place = await trainingPlace(SHORT);
    await mkdir(join(place.checkpoints, "step-6"));
    await writeFile(join(place.checkpoints, "step-6", "state.npz"), "torn");
    await mkdir(join(place.checkpoints, ".tmp-9"));
    await succeeds(await train(place, environment));
    expect((await readdir(place.checkpoints)).toSorted()).toEqual(["step-12", "step-3", "step-6", "step-9"]);
    expect((await stat(join(place.checkpoints, "step-6", "state.npz"))).size).toBeGreaterThan(1_000);
  });

  test("goes on without a checkpoint that cannot be written", async () => {
    const place = await trainingPlace(SHORT);
    await writeFile(join(place.checkpoints, "step-6"), "a file where a folder should be");
    const { lines } = await succeeds(await train(place, environment));
    expect(lines.filter((line) => line.includes("could not be written"))).toHaveLength(1);
    expect((await modelBytes(place)).equals(undisturbed)).toBe(true);
  });

  test("refuses an unknown parameter by its name", async () => {
    const { exitCode, lines } = await (await train(await trainingPlace({ round: 3 }), environment)).ended;
    expect(exitCode).toBe(64);
    expect(lines.join("\n")).toContain("round");
  });
});

/** Folders of a training with the features of one of the releases, and a few rounds of it. */
async function releasePlace(name: string): Promise<TrainingPlace> {
  const { document = {} } = parseSpec(await readFile(join(EXAMPLE, "slipway.yaml"), "utf8"), "slipway.yaml");
  const releases = JSON.parse(await readFile(join(EXAMPLE, "releases.json"), "utf8"));
  const { set } = releases.find((one: { name: string }) => one.name === name);
  const { spec, problems } = checkSpec(applySet(document, set).document);
  expect(problems, `of ${name}`).toEqual([]);
  return trainingPlace({ ...spec?.train.parameters, rounds: 20, passesPerRound: 2 }, spec?.train.seed);
}

async function accuracyIn(folder: string): Promise<number> {
  return JSON.parse(await readFile(join(folder, "metrics.json"), "utf8")).metrics.accuracy.value;
}

async function holdoutAccuracy(output: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-evaluation-"));
  const inputs = join(folder, "inputs.json");
  const data = { path: join(EXAMPLE, "data", "holdout.parquet") };
  await writeFile(inputs, JSON.stringify({ model: { path: output }, data }));
  const variables = { SLIPWAY_INPUTS_FILE: inputs, SLIPWAY_OUTPUT_DIR: folder };
  await succeeds(start(["python", "evaluate.py"], EXAMPLE, { ...environment, ...variables }));
  return accuracyIn(folder);
}

describe("the example's releases", () => {
  test("have clearly different quality: the first about .78, the others above .82", async () => {
    const names = ["baseline", "with-age", "fast-server"];
    const places = await Promise.all(names.map(releasePlace));
    for (const place of places) await succeeds(await train(place, environment));
    const found = await Promise.all(places.map(({ output }) => holdoutAccuracy(output)));
    expect(found[0]).toBeGreaterThan(0.775);
    expect(found[0]).toBeLessThan(0.795);
    for (const accuracy of found.slice(1)) {
      expect(accuracy).toBeGreaterThan(0.82);
      expect(accuracy).toBeLessThan(0.835);
    }
  });

  test("need nothing of Slipway: every script has a default for everything, and ends with the second's quality", async () => {
    const folder = await mkdtemp(join(tmpdir(), "slipway-alone-"));
    await symlink(join(EXAMPLE, "data"), join(folder, "data"));
    const script = (name: string) => start(["python", join(EXAMPLE, name)], folder, environment);
    const training = await succeeds(script("train.py"));
    expect(training.lines.filter((line) => stepOf(line) !== undefined)).toHaveLength(60);
    await succeeds(script("evaluate.py"));
    const accuracy = await accuracyIn(join(folder, "evaluation"));
    expect(accuracy).toBeGreaterThan(0.82);
    expect(accuracy).toBeLessThan(0.835);
  }, 300_000); // the one training of full length
});
