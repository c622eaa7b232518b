import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { FreshTemporal } from "./temporal.ts";

const run = promisify(execFile);

/** Runs the real `temporal` command against a test's namespace; rejects with its output when it fails. */
export async function temporalCommand(
  temporal: Pick<FreshTemporal, "address" | "namespace" | "cli">,
  ...args: readonly string[]
): Promise<string> {
  const { stdout } = await run(
    temporal.cli,
    [...args, "--address", temporal.address, "--namespace", temporal.namespace],
    {
      maxBuffer: 1 << 26,
    },
  );
  return stdout;
}
