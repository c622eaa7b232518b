import { relative } from "node:path";
import type { Context } from "../context.ts";
import { EXIT_INTERRUPTED } from "../failure.ts";
import { startDemoStack } from "./demo-stack.ts";
import { prepareExample, readExampleReleases } from "./example.ts";
import { farewell } from "./farewell.ts";
import { stopEverything, takeHome } from "./fresh-home.ts";
import { createNarrator } from "./narrator.ts";
import { releaseExample } from "./release-example.ts";
import { demoResult, isAsExpected } from "./summary.ts";

/**
 * Releases the example three times, with a killed worker, a killed training and live traffic.
 *
 * @param home folder of the demo's own stack; begun afresh
 * @returns 0 when the releases ended Promoted, Promoted and RolledBack, else 1
 */
export async function runDemo(context: Context, home: string, requestsPerSecond: number): Promise<number> {
  const { output, ownEnv } = context;
  const narrator = createNarrator(context, Date.now());
  const interrupted = context.interruption();
  const releases = await readExampleReleases();
  const unlock = await takeHome(home, ownEnv);
  try {
    narrator.chapter("Preparing the example: who is employed? (American Community Survey, Massachusetts)");
    await prepareExample(home, ownEnv, narrator, interrupted);
    narrator.chapter(`Starting Temporal, PostgreSQL, the gateway and a worker in ${relative(context.cwd, home)}`);
    const addresses = await startDemoStack(home, ownEnv, narrator, interrupted);
    const demo = { context, home, narrator, interrupted, requestsPerSecond, addresses };
    const outcome = await releaseExample(demo, releases);
    const result = demoResult(outcome);
    await farewell(demo, outcome, releases, isAsExpected(result));
    if (output.isJson) output.line(result, "");
    return isAsExpected(result) ? 0 : 1;
  } catch (error) {
    if (!interrupted.aborted) throw error;
    output.note("Interrupted. Run it again at any time; it begins afresh.");
    return EXIT_INTERRUPTED;
  } finally {
    output.note("Stopping the demo's stack, its model servers and its jobs …");
    await stopEverything(home, ownEnv);
    await unlock();
  }
}
