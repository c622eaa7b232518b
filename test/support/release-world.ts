import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { WorkflowHandle } from "@temporalio/client";
import { Client, Connection } from "@temporalio/client";
import { createFileStore } from "../../src/artifacts/file-store.ts";
import type { ReleaseWorkflow } from "../../src/client.ts";
import { approve, startRelease, status } from "../../src/client.ts";
import type { Json } from "../../src/domain/json.ts";
import type { ReleaseStatus } from "../../src/domain/release.ts";
import { openDatabase } from "../../src/registry/database.ts";
import type { PartName } from "../../src/workers/embedded/part.ts";
import { readPartRecord } from "../../src/workers/embedded/run-files.ts";
import { registerFolder } from "../../src/workers/register-pipeline.ts";
import { freshHome, readEnvironment, startUp } from "./stack.ts";

export type Release = WorkflowHandle<ReleaseWorkflow>;

/** The whole embedded stack with the starter pipeline registered: every part is real. */
export interface ReleaseWorld {
  readonly home: string;
  readonly client: Client;
  readonly gatewayUrl: string;
  start(releaseId: string, set?: Readonly<Record<string, Json>>): Promise<Release>;
  /** Waits until the release's status holds; survives servers that are away for a while. */
  until(release: Release, holds: (now: ReleaseStatus) => boolean): Promise<ReleaseStatus>;
  approve(release: Release): Promise<void>;
  /** Kills one part of the stack by SIGKILL and returns the pid it had. */
  kill(part: PartName): number;
  /** Waits until a part runs under another pid. */
  restarted(part: PartName, oldPid: number): Promise<void>;
  dispose(): Promise<void>;
}

/** A canary that goes on by time, so that a test needs no traffic where traffic is not its subject. */
export const QUICK_CANARY: Readonly<Record<string, Json>> = {
  "environments.0.strategy.canary.steps": [
    { setWeight: 50 },
    { pause: { duration: "1s" } },
    { analysis: {} },
    { setWeight: 100 },
  ],
  "environments.0.strategy.canary.analysis.metrics": ["requestFailures"],
  "environments.0.strategy.canary.analysis.deadline": "1s",
  "environments.0.strategy.canary.analysis.interval": "200ms",
  "environments.0.strategy.canary.analysis.onInsufficientData": "advance",
  "environments.0.scaleDownDelay": "1s",
};

export async function releaseWorld(): Promise<ReleaseWorld> {
  const fresh = await freshHome();
  const up = startUp(fresh);
  await up.event("stack.ready");
  const variables = readEnvironment(fresh.home);
  const folder = await mkdtemp(join(tmpdir(), "slipway-pipeline-"));
  await cp(resolve("templates/starter"), folder, { recursive: true });
  const database = await openDatabase(variables["SLIPWAY_DATABASE_URL"] ?? "");
  const store = createFileStore({ root: join(fresh.home, "artifacts") });
  const { pipeline } = await registerFolder({ db: database.db, store }, folder, "test");
  await database.close();
  const connection = await Connection.connect({ address: variables["TEMPORAL_ADDRESS"] ?? "" });
  const client = new Client({ connection });

  async function until(release: Release, holds: (now: ReleaseStatus) => boolean): Promise<ReleaseStatus> {
    const endMs = Date.now() + 90_000;
    for (let last: unknown; ; await sleep(100)) {
      const now = await connection
        .withDeadline(Date.now() + 5_000, () => release.query(status))
        .catch((error: unknown) => void (last = error));
      if (now !== undefined && holds(now)) return now;
      if (Date.now() > endMs) throw new Error(`never came there: ${JSON.stringify(now)}`, { cause: last });
    }
  }

  return {
    home: fresh.home,
    client,
    gatewayUrl: variables["SLIPWAY_GATEWAY_URL"] ?? "",
    until,
    start: (releaseId, set = {}) =>
      startRelease(
        client,
        { pipeline, set: { ...QUICK_CANARY, ...set }, requestedBy: "rita@example.org" },
        { releaseId },
      ),
    async approve(release) {
      await until(release, (now) => now.approval !== undefined);
      await release.signal(approve, { by: "ana@example.org" });
    },
    kill(part) {
      const pid = pidOf(fresh.home, part);
      process.kill(pid, "SIGKILL");
      return pid;
    },
    async restarted(part, oldPid) {
      const endMs = Date.now() + 60_000;
      while ((readPartRecord(fresh.home, part)?.pid ?? oldPid) === oldPid) {
        if (Date.now() > endMs) throw new Error(`${part} did not come back`);
        await sleep(50);
      }
    },
    async dispose() {
      await connection.close();
      await up.end("SIGTERM");
      await fresh.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function pidOf(home: string, part: PartName): number {
  const record = readPartRecord(home, part);
  if (record === undefined) throw new Error(`${part} does not run`);
  return record.pid;
}

/** The evidence file of a release, as soon as it is written. */
export async function evidenceOf(world: Pick<ReleaseWorld, "home">, release: string, name: string): Promise<unknown> {
  const path = join(world.home, "evidence", release, name);
  const endMs = Date.now() + 30_000;
  for (;;) {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text !== undefined) return JSON.parse(text) as unknown;
    if (Date.now() > endMs) throw new Error(`${path} was never written`);
    await sleep(100);
  }
}
