import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cli } from "../support/cli.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-cli-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const COMMANDS = (
  "init,up,down,demo,doctor,env,validate,schema,register,run,list,status,logs,audit,approve,reject,pause,resume," +
  "promote,abort,completion,registry list,registry show,registry compare,registry rollback"
).split(",");

describe("help", () => {
  test("of every command says how it is used, and needs no server", async () => {
    for (const command of COMMANDS) {
      const { stdout, exitCode } = await cli([...command.split(" "), "--help"], { cwd: folder });
      expect(exitCode).toBe(0);
      expect(stdout).toContain(`Usage: slipway ${command}`);
      expect(stdout).toContain("--json");
    }
  });

  test("lists every command and every exit code", async () => {
    const { stdout } = await cli(["--help"]);
    for (const command of COMMANDS) expect(stdout).toContain(command.split(" ")[0]);
    expect(stdout).toContain("Exit codes: 0 done");
  });
});

describe("a wrong command line", () => {
  test.each([
    [["aprove", "r-1"], "Did you mean approve?"],
    [["list", "--modle", "x"], "Did you mean --model?"],
    [["approve"], "missing required argument 'release'"],
    [["run", "--set", "rounds"], "path=value"],
    [["promote", "r-1", "--expected-step", "two"], "whole number"],
    [["list", "--outcome", "Nice"], "Allowed choices"],
  ])("slipway %j ends with 2 and helps", async (args, hint) => {
    const { stderr, exitCode } = await cli(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(hint);
  });

  test("is told as JSON to whoever asked for JSON", async () => {
    const { stdout } = await cli(["aprove", "r-1", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "input.invalid" } });
  });
});

describe("without a stack", () => {
  const nowhere = { TEMPORAL_ADDRESS: "127.0.0.1:9" };

  test("a Temporal server that does not answer is told within seconds, with what to do", async () => {
    const began = performance.now();
    const { stderr, exitCode } = await cli(["status", "r-1"], { cwd: folder, env: nowhere });
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(/127\.0\.0\.1:9 does not answer.*slipway up.*TEMPORAL_ADDRESS/u);
    expect(stderr).not.toMatch(/^\s+at /mu);
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  test("--debug shows where, and what caused it", async () => {
    const { stderr } = await cli(["status", "r-1", "--debug"], { cwd: folder, env: nowhere });
    expect(stderr).toMatch(/^\s+at /mu);
    expect(stderr).toContain("Caused by:");
  });

  test.each([["list"], ["registry", "list"], ["env"]])("`%s` says how to get one", async (...args) => {
    const { stderr, exitCode } = await cli(args, { cwd: folder });
    expect(exitCode).toBe(5);
    expect(stderr).toContain("slipway up");
  });

  test("`down` has nothing to do", async () => {
    expect(await cli(["down"], { cwd: folder })).toMatchObject({ exitCode: 0 });
  });

  test("bad settings in the environment are named, never their values", async () => {
    const env = { SLIPWAY_GATEWAY_URL: "secret word" };
    const { stderr, exitCode } = await cli(["list"], { cwd: folder, env });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("SLIPWAY_GATEWAY_URL");
    expect(stderr).not.toContain("secret word");
  });
});

describe("a starter pipeline", () => {
  test("is written whole, is valid, and is never written over", async () => {
    const { stdout } = await cli(["init", "mine", "--json"], { cwd: folder });
    const { dir, files } = JSON.parse(stdout) as { dir: string; files: string[] };
    expect(files).toContain("slipway.yaml");
    expect(await readdir(dir)).toContain("slipway.yaml");
    expect(await cli(["validate", "mine"], { cwd: folder })).toMatchObject({ exitCode: 0 });
    const again = await cli(["init", "mine"], { cwd: folder });
    expect(again.exitCode).toBe(2);
    expect(again.stderr).toContain("already holds");
  });

  test("that was broken in three places is told all three, with their lines", async () => {
    await cli(["init"], { cwd: folder });
    const path = join(folder, "slipway.yaml");
    const text = await readFile(path, "utf8");
    await writeFile(path, `${text.replace("slipway: 1", "slipway: 2").replace(/^train:/mu, "trian:")}frobnicate: 1\n`);
    const { stdout, exitCode } = await cli(["validate", "--json"], { cwd: folder });
    expect(exitCode).toBe(2);
    const { error } = JSON.parse(stdout) as { error: { details: { problems: { path: string; line?: number }[] } } };
    const { problems } = error.details;
    expect(problems.length).toBeGreaterThanOrEqual(3);
    expect(problems.every(({ line }) => typeof line === "number")).toBe(true);
  });

  test("that is not there is told, with how to get one", async () => {
    const { stderr, exitCode } = await cli(["run"], { cwd: folder });
    expect(exitCode).toBe(3);
    expect(stderr).toContain("slipway init");
  });
});

describe("output", () => {
  test("has no colours where it is no terminal", async () => {
    const { stdout, stderr } = await cli(["status"], { cwd: folder, env: { TEMPORAL_ADDRESS: "127.0.0.1:9" } });
    expect(stdout + stderr).not.toContain("\u001b");
  });

  test("of `schema` is a JSON Schema whether or not JSON is asked for", async () => {
    const schemas = await Promise.all([cli(["schema"]), cli(["schema", "--json"])]);
    for (const { stdout } of schemas) expect(JSON.parse(stdout)).toMatchObject({ title: "slipway.yaml" });
  });

  test("may be cut by its reader", async () => {
    const main = join(process.cwd(), "dist/cli/main.js");
    const text = execFileSync("bash", ["-c", `set -o pipefail; "${process.execPath}" "${main}" schema | head -c 10`]);
    expect(text.toString()).toHaveLength(10);
  });
});

describe("completion", () => {
  test.each([
    ["slipway ap", 1, ["approve"]],
    ["slipway registry ro", 2, ["rollback"]],
    ["slipway approve r-1 --rea", 3, ["--reason"]],
  ])("of `%s` in bash offers %j", async (line, at, offered) => {
    const { stdout } = await cli(["completion", "bash"]);
    const words = line.split(" ").map((word) => `'${word}'`);
    const script = `${stdout}\nCOMP_WORDS=(${words.join(" ")}); COMP_CWORD=${at}; _slipway; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const reply = execFileSync("bash", ["-c", script]).toString().trim().split("\n");
    expect(reply).toEqual(offered);
  });
});
