import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Executor } from "../../src/executors/executor.ts";
import { attemptOf, runToEnd, untilEnd, untilPhase, wholeLog } from "../conformance/executor-attempt.ts";
import { localExecutorUnderTest, type LocalExecutorUnderTest } from "../support/local-executor.ts";

/** Makes a wheel of a package `tiny` whose one module says its version; no index is needed to install it. */
const MAKE_WHEEL = `
import sys, zipfile
folder, version = sys.argv[1:]
info = f"tiny-{version}.dist-info"
with zipfile.ZipFile(f"{folder}/tiny-{version}-py3-none-any.whl", "w") as wheel:
    wheel.writestr("tiny.py", f"version = '{version}'\\n")
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: tiny\\nVersion: {version}\\n")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(f"{info}/RECORD", f"tiny.py,,\\n{info}/METADATA,,\\n{info}/WHEEL,,\\n{info}/RECORD,,\\n")
`;
const SAY_VERSION = [
  "python",
  "-c",
  "import os, tiny; open(os.environ['SLIPWAY_OUTPUT_DIR'] + '/version', 'w').write(tiny.version)",
];

let subject: LocalExecutorUnderTest;
let executor: Executor;
let wheels: string;
beforeAll(async () => {
  subject = await localExecutorUnderTest();
  ({ executor } = subject);
  wheels = await mkdtemp(join(tmpdir(), "slipway-wheels-"));
  for (const version of ["1.0", "2.0"]) execFileSync("python3", ["-c", MAKE_WHEEL, wheels, version]);
});
afterAll(async () => {
  await subject.dispose();
  await rm(wheels, { recursive: true });
});

const requirements = (line: string) => `--no-index\n--find-links ${wheels}\n${line}\n`;
const environments = () => readdir(join(subject.home, "venvs"));

describe("a Python environment", () => {
  test("is made once for all jobs with the same requirements, also when they start at the same time", async () => {
    const attempts = [1, 2, 3].map(() => attemptOf(SAY_VERSION, { pythonRequirements: requirements("tiny==1.0") }));
    const handles = await Promise.all(attempts.map((attempt) => executor.ensure(attempt)));
    expect(await untilPhase(executor, handles[0] ?? fail(), "preparing")).toHaveProperty("message");
    for (const handle of handles) {
      const end = await untilEnd(executor, handle);
      if (end.phase !== "succeeded") throw new Error(end.message);
      expect(await readFile(join(end.outputDir, "version"), "utf8")).toBe("1.0");
    }
    expect(await environments()).toHaveLength(1);
  });

  test("of other requirements is another one", async () => {
    const end = await runToEnd(executor, attemptOf(SAY_VERSION, { pythonRequirements: requirements("tiny==2.0") }));
    if (end.phase !== "succeeded") throw new Error(end.message);
    expect(await readFile(join(end.outputDir, "version"), "utf8")).toBe("2.0");
    expect(await environments()).toHaveLength(2);
  });

  test("that was left half-made is made again", async () => {
    for (const name of await environments()) {
      await unlink(join(subject.home, "venvs", name, "slipway-complete.json"));
      await rm(join(subject.home, "venvs", name, "bin"), { recursive: true });
    }
    const end = await runToEnd(executor, attemptOf(SAY_VERSION, { pythonRequirements: requirements("tiny==1.0") }));
    expect(end).toMatchObject({ phase: "succeeded" });
  });

  test("that cannot be made is a misconfiguration, told in pip's own words", async () => {
    const attempt = attemptOf(SAY_VERSION, { pythonRequirements: requirements("tiny==3.0") });
    const handle = await executor.ensure(attempt);
    const end = await untilEnd(executor, handle);
    expect(end).toMatchObject({
      failureClass: "misconfigured",
      message: expect.stringMatching(/^environment[.]failed: .*No matching distribution found for tiny==3[.]0/u),
    });
    expect(await wholeLog(executor, handle)).toContain("tiny==3.0");
  });

  test("may refer to files of the pipeline; another pipeline's files make another environment", async () => {
    const before = (await environments()).length;
    for (const version of ["1.0", "2.0"]) {
      const code = await subject.putTree({ "pins.txt": requirements(`tiny==${version}`) });
      const end = await runToEnd(executor, attemptOf(SAY_VERSION, { code, pythonRequirements: "-r pins.txt\n" }));
      if (end.phase !== "succeeded") throw new Error(end.message);
      expect(await readFile(join(end.outputDir, "version"), "utf8")).toBe(version);
    }
    expect(await environments()).toHaveLength(before + 2);
  });

  test("that is being made is given up when the job is stopped", async () => {
    const attempt = attemptOf(SAY_VERSION, { pythonRequirements: requirements("tiny>=1.0") });
    const handle = await executor.ensure(attempt);
    await executor.requestStop(handle, 1_000);
    expect(await untilEnd(executor, handle)).toMatchObject({ failureClass: "cancelled" });
  });
});

function fail(): never {
  throw new Error("no handle");
}
