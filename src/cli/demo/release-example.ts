import { relative } from "node:path";
import type { PublicAddresses } from "../../workers/embedded/stack-event.ts";
import type { Context } from "../context.ts";
import { registerFolder, registrationText } from "../registration.ts";
import { readStackEnvironment } from "../stack-environment.ts";
import { openTemporal } from "../temporal-link.ts";
import { createApprover } from "./approver.ts";
import { EXAMPLE, LIVE_TRAFFIC, type ExampleRelease } from "./example.ts";
import type { Narrator } from "./narrator.ts";
import { runRelease, type EndedRelease, type Onlooker } from "./release-run.ts";
import { startTraffic, type Traffic, type TrafficCounts } from "./traffic.ts";
import { createTrainingKill, type JobKilled } from "./training-kill.ts";
import { createWorkerKill, type WorkerKilled } from "./worker-kill.ts";

/** A demo under way. */
export interface Demo {
  readonly context: Context;
  readonly home: string;
  readonly addresses: PublicAddresses;
  readonly narrator: Narrator;
  readonly interrupted: AbortSignal;
  readonly requestsPerSecond: number;
}

/** What happened to the releases. */
export interface DemoOutcome {
  readonly ended: readonly EndedRelease[];
  readonly workerKilled: WorkerKilled | undefined;
  readonly jobKilled: JobKilled | undefined;
  readonly traffic: TrafficCounts | undefined;
}

/** Labels become known some seconds after their predictions, as in life. */
const LABEL_DELAY_MS = 3_000;

/**
 * Registers the example and releases it as often as it says: the worker is killed in the first training, the training
 * itself in the second, and from the first promotion on there is live traffic.
 */
export async function releaseExample(demo: Demo, releases: readonly ExampleRelease[]): Promise<DemoOutcome> {
  const { home, narrator, interrupted, addresses } = demo;
  const env = { ...demo.context.ownEnv, ...(await readStackEnvironment(home)) };
  const link = await openTemporal(env);
  const context: Context = {
    ...demo.context,
    env,
    config: { ...demo.context.config, home },
    temporal: () => Promise.resolve(link),
  };
  const approver = createApprover(context, { uiUrl: addresses.uiUrl, home: relative(context.cwd, home) }, narrator);
  const ids = releases.map(({ name }, index) => `demo-${index + 1}-${name}`);
  const workerKill = createWorkerKill(home, narrator);
  const jobKill = createTrainingKill(home, ids[1] ?? "", narrator);
  const incidents: readonly Onlooker[] = [workerKill.look, jobKill.look];
  const ended: EndedRelease[] = [];
  let traffic: Traffic | undefined;
  try {
    const { pipeline, ...registered } = await registerFolder(context, EXAMPLE);
    narrator.tell(registrationText({ pipeline, ...registered }));
    for (const [index, { about, set }] of releases.entries()) {
      narrator.chapter(`Release ${index + 1} of ${releases.length}: ${about}`);
      const input = { pipeline, set, requestedBy: "slipway-demo" };
      const onlookers = [approver.look, ...incidents.slice(index, index + 1)];
      ended.push(await runRelease(link, ids[index] ?? `demo-${index + 1}`, input, onlookers, narrator, interrupted));
      traffic ??= beginTraffic(demo);
    }
    const counts = await traffic?.stop();
    return { ended, workerKilled: workerKill.outcome(), jobKilled: jobKill.outcome(), traffic: counts };
  } finally {
    approver.stop();
    await traffic?.stop();
    await link.close();
  }
}

function beginTraffic({ addresses, narrator, requestsPerSecond }: Demo): Traffic {
  narrator.tell(
    `From now on there is live traffic: people of 2016 and later, ${requestsPerSecond} a second through the gateway; whether they were employed becomes known ${LABEL_DELAY_MS / 1_000} s later.`,
  );
  return startTraffic({
    ...LIVE_TRAFFIC,
    gatewayUrl: addresses.gatewayUrl,
    requestsPerSecond,
    labelDelayMs: LABEL_DELAY_MS,
  });
}
