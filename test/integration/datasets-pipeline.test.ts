import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFileStore } from "../../src/artifacts/file-store.ts";
import { loadPipeline } from "../../src/spec/load-pipeline.ts";
import { planOf } from "../../src/spec/plan-of.ts";
import { contractText } from "../support/data-files.ts";

const run = promisify(execFile);
const SPEC = `slipway: 1
model: churn
python: {requirements: requirements.txt}
data:
  train: {files: data/train.csv, contract: contracts/people.odcs.yaml}
  holdout: {files: data/holdout.csv}
train: {command: [python, train.py]}
evaluate: {command: [python, evaluate.py], data: holdout}
serve: {command: [python, serve.py], smoke: {path: /infer, bodyFile: smoke.json}}
`;

let root: string;
let dir: string;
const write = async (path: string, content: string): Promise<void> => {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), content);
};
const git = (...words: readonly string[]) =>
  run("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...words], { cwd: dir });

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "slipway-pipeline-"));
  dir = join(root, "pipeline");
  await write("slipway.yaml", SPEC);
  await write("requirements.txt", "numpy==2.0.0\n");
  await write("smoke.json", '{"inputs": []}');
  await write("contracts/people.odcs.yaml", contractText("- {name: x, logicalType: integer}"));
  await write("data/train.csv", "x\n1\n");
  await write("data/holdout.csv", "x\n2\n");
  await write("train.py", "");
});
afterEach(async () => rm(root, { recursive: true, force: true }));

describe("a pipeline's folder", () => {
  test("that is sound gives its plan, its files and the texts it names", async () => {
    const pipeline = await loadPipeline(dir);
    expect(pipeline.problems).toEqual([]);
    expect(pipeline).toMatchObject({ dir, requirementsText: "numpy==2.0.0\n", smokeBody: { inputs: [] } });
    expect(pipeline.files.map(({ path }) => path)).toEqual([
      "contracts/people.odcs.yaml",
      "data/holdout.csv",
      "data/train.csv",
      "requirements.txt",
      "slipway.yaml",
      "smoke.json",
      "train.py",
    ]);
    if (pipeline.spec === undefined) throw new Error("the spec is sound");
    const { requirementsText = "", smokeBody = null } = pipeline;
    const plan = planOf(pipeline.spec, { pipeline: "churn", policy: "standard", requirementsText, smokeBody });
    expect(plan.pythonRequirements).toBe("numpy==2.0.0\n");
  });

  test("packs what the store then stores, and no more", async () => {
    await write(".git/config", "x");
    await write(".env", "TOKEN=x");
    await write("node_modules/a/b.js", "x");
    await write("notes/a.md", "x");
    await write(".slipwayignore", "notes/\n");
    const pipeline = await loadPipeline(dir);
    const store = createFileStore({ root: join(root, "artifacts") });
    const { manifest } = await store.putTree(dir, pipeline.include);
    expect(manifest.files.map(({ path }) => path)).toEqual(pipeline.files.map(({ path }) => path));
    expect(pipeline.files.map(({ path }) => path)).not.toContain("notes/a.md");
    expect(pipeline.files.map(({ path }) => path)).not.toContain(".env");
    expect(pipeline.files.map(({ path }) => path)).toContain(".slipwayignore");
  });

  test("tells everything at once: the spec's files, the contract's lines and the data", async () => {
    await rm(join(dir, "requirements.txt"));
    await rm(join(dir, "data/train.csv"));
    await write("smoke.json", "{");
    await write("contracts/people.odcs.yaml", contractText("- {name: x, logicalType: int}"));
    const { problems } = await loadPipeline(dir);
    expect(problems).toMatchObject([
      {
        path: "python.requirements",
        file: "slipway.yaml",
        line: 3,
        message: expect.stringContaining("is not among the pipeline's files") as string,
      },
      {
        path: "serve.smoke.bodyFile",
        file: "slipway.yaml",
        line: 9,
        message: expect.stringContaining("smoke.json is no JSON") as string,
      },
      { path: "schema[0].properties[0].logicalType", file: "contracts/people.odcs.yaml", line: 10 },
      {
        path: "data.train.files",
        file: "slipway.yaml",
        line: 5,
        message: "data/train.csv matches no packed file; near it: data/holdout.csv",
      },
    ]);
  });

  test("whose data are left out by .slipwayignore is told so", async () => {
    await write(".slipwayignore", "data/\n");
    const { problems } = await loadPipeline(dir);
    expect(problems.map(({ path }) => path)).toEqual(["data.train.files", "data.holdout.files"]);
  });

  test("with a symbolic link that leaves it is refused, and one within it too", async () => {
    await writeFile(join(root, "secret.txt"), "x");
    await symlink(join(root, "secret.txt"), join(dir, "leak.txt"));
    await symlink("train.py", join(dir, "inner.py"));
    await symlink("nowhere", join(dir, "dead"));
    const { problems, files } = await loadPipeline(dir);
    const told = Object.fromEntries(problems.map(({ file, message }) => [file, message]));
    expect(told["leak.txt"]).toMatch(/^is a symbolic link that leaves the folder, to .*secret\.txt; replace it/u);
    expect(told["inner.py"]).toMatch(/^is a symbolic link; replace it/u);
    expect(told["dead"]).toMatch(/^is a symbolic link that leads nowhere/u);
    expect(files.map(({ path }) => path)).not.toContain("leak.txt");
  });

  test("that is too large names its largest files", async () => {
    await write("data/big.bin", "x".repeat(5_000));
    const { problems } = await loadPipeline(dir, { maxBytes: 2_000 });
    expect(problems[0]?.message).toMatch(
      /^the folder packs to \d kB, more than the 2 kB allowed; the largest: data\/big\.bin \(5 kB\)/u,
    );
  });

  test("without a slipway.yaml, or that is not there, says what to do", async () => {
    await rm(join(dir, "slipway.yaml"));
    await expect(loadPipeline(dir)).rejects.toThrow(/There is no slipway\.yaml .* make a starter with slipway init/u);
    await expect(loadPipeline(join(dir, "nowhere"))).rejects.toMatchObject({ code: "input.invalid" });
  });

  test("with a broken slipway.yaml still tells what else is wrong with the folder", async () => {
    await write("slipway.yaml", "slipway: 1\nmodel: [\n");
    await symlink("nowhere", join(dir, "dead"));
    const { spec, problems } = await loadPipeline(dir);
    expect(spec).toBeUndefined();
    expect(problems.map(({ file }) => file)).toEqual(["slipway.yaml", "dead"]);
  });
});

describe("the commit of a pipeline", () => {
  test("is the repository's, marked when files differ from it", async () => {
    await git("init", "--quiet");
    await git("add", ".");
    await git("commit", "--quiet", "-m", "first");
    const { stdout } = await git("rev-parse", "HEAD");
    expect((await loadPipeline(dir)).commit).toBe(stdout.trim());
    await write("train.py", "changed");
    expect((await loadPipeline(dir)).commit).toBe(`${stdout.trim()}-dirty`);
  });

  test("is absent outside a repository and before the first commit", async () => {
    expect(await loadPipeline(dir)).not.toHaveProperty("commit");
    await git("init", "--quiet");
    expect(await loadPipeline(dir)).not.toHaveProperty("commit");
  });

  test("is asked for without running what a repository may name", async () => {
    await git("init", "--quiet");
    await git("add", ".");
    await git("commit", "--quiet", "-m", "first");
    const trap = join(root, "trap.sh");
    await writeFile(trap, `#!/bin/sh\ntouch ${join(root, "trapped")}\n`);
    await chmod(trap, 0o755);
    await git("config", "core.fsmonitor", trap);
    await loadPipeline(dir);
    await expect(rm(join(root, "trapped"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});
