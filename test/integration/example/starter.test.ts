import { cp, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import getPort from "get-port";
import { beforeAll, describe, expect, test } from "vitest";
import { parseSpec } from "../../../src/spec/check-spec.ts";
import { ask } from "./model-server.ts";
import { plainEnvironment, start, succeeds } from "./python.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-starter-"));
  await cp(resolve("templates/starter"), folder, { recursive: true });
  await succeeds(script("train.py"));
});

function script(name: string, variables: Readonly<Record<string, string>> = {}) {
  return start(["python3", name], folder, { ...plainEnvironment(), ...variables });
}

function metricsIn(lines: readonly string[]) {
  return lines.map((line) => JSON.parse(line) as { readonly step: number });
}

describe("the starter pipeline", () => {
  test("has a spec without problems, of at most twenty lines", async () => {
    const text = await readFile(join(folder, "slipway.yaml"), "utf8");
    expect(parseSpec(text, "slipway.yaml").problems).toEqual([]);
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(20);
  });

  test("trains, evaluates above its own gate and serves its smoke request, with python3 alone", async () => {
    await succeeds(script("evaluate.py"));
    const { metrics } = JSON.parse(await readFile(join(folder, "evaluation", "metrics.json"), "utf8"));
    const { spec } = parseSpec(await readFile(join(folder, "slipway.yaml"), "utf8"), "slipway.yaml");
    expect(metrics.accuracy.value).toBeGreaterThanOrEqual(spec?.evaluate.gates[0]?.value?.lowerBound ?? 1);

    const port = await getPort({ host: "127.0.0.1" });
    const server = script("serve.py", { SLIPWAY_PORT: String(port) });
    try {
      await answering(`http://127.0.0.1:${port}/v2/health/ready`, server.ended);
      const { smoke } = spec?.serve ?? {};
      const answer = await ask(`http://127.0.0.1:${port}${smoke?.path}`, smoke?.body);
      expect(answer.status).toBe(200);
      expect(answer.body.outputs[0]).toMatchObject({ name: "probability", shape: [1] });
      expect((await ask(`http://127.0.0.1:${port}${smoke?.path}`, { inputs: [] })).status).toBe(400);
    } finally {
      server.child.kill("SIGTERM");
      await server.ended;
    }
  });

  test("ends with the same bytes when its training is killed and goes on from a checkpoint", async () => {
    const undisturbed = await readFile(join(folder, "output", "model.json"));
    const checkpoints = join(folder, "killed");
    const places = { SLIPWAY_CHECKPOINT_DIR: checkpoints, SLIPWAY_OUTPUT_DIR: join(folder, "resumed") };
    const first = script("train.py", places);
    await first.line((line) => line.startsWith('{"step": 75,'));
    first.child.kill("SIGKILL");
    await first.ended;
    const resumed = await succeeds(script("train.py", { ...places, SLIPWAY_RESUME_DIR: join(checkpoints, "step-60") }));
    expect(metricsIn(resumed.lines)[0]?.step).toBe(61);
    expect((await readFile(join(folder, "resumed", "model.json"))).equals(undisturbed)).toBe(true);
  });
});

/** Waits until something answers at the address, as long as the process lives. */
async function answering(url: string, ended: Promise<unknown>): Promise<void> {
  const over = ended.then(() => "over");
  for (;;) {
    const answered = await ask(url, undefined).then(
      ({ status }) => status === 200,
      () => false,
    );
    if (answered) return;
    const outcome = await Promise.race([over, new Promise((again) => setTimeout(again, 20))]);
    if (outcome === "over") throw new Error("the server ended before it was ready");
  }
}
