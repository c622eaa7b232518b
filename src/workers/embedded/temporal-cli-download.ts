import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../domain/errors.ts";

/**
 * The CLI as the Temporal SDK fetches it for its own tests: kept in `<toolsDir>/sdk` and used again from there.
 * The SDK fetches only in order to start a server, so one is started and stopped.
 * @returns the program's path
 */
export async function downloadBySdk(place: {
  readonly toolsDir: string;
  readonly report: (message: string) => void;
}): Promise<string> {
  const downloadDir = join(place.toolsDir, "sdk");
  await mkdir(downloadDir, { recursive: true });
  const kept = await programIn(downloadDir);
  if (kept !== undefined) return kept;
  place.report("fetching the Temporal CLI as the Temporal SDK does");
  const { TestWorkflowEnvironment } = await import("@temporalio/testing");
  try {
    const environment = await TestWorkflowEnvironment.createLocal({
      server: { executable: { type: "cached-download", version: "latest", downloadDir } },
    });
    await environment.teardown();
  } catch (error) {
    throw new Error(`the SDK could not fetch it: ${messageOf(error)}`, { cause: error });
  }
  const fetched = await programIn(downloadDir);
  if (fetched === undefined) throw new Error(`the SDK left no program in ${downloadDir}`);
  return fetched;
}

async function programIn(dir: string): Promise<string | undefined> {
  const name = (await readdir(dir)).find((entry) => entry.startsWith("temporal") && !entry.includes(".download"));
  const path = name === undefined ? undefined : join(dir, name);
  return path !== undefined && existsSync(path) ? path : undefined;
}
