import { existsSync } from "node:fs";
import { join } from "node:path";
import { askProgram } from "./built-program.ts";
import type { Context } from "./context.ts";
import { shortDigest } from "./words.ts";

/** A pipeline as the registry now knows it. */
export interface Registration {
  readonly pipeline: string;
  readonly revision: number;
  readonly digest: string;
  readonly commit?: string;
}

/** Does this folder hold a pipeline? */
export function holdsPipeline(dir: string): boolean {
  return existsSync(join(dir, "slipway.yaml"));
}

/**
 * Packs the folder and registers it, so that workers run this very content.
 * @throws {SlipwayError} `spec.invalid` with every problem; `backend.unavailable` when the registry cannot be reached
 */
export async function registerFolder(context: Context, dir: string): Promise<Registration> {
  const answer = await askProgram("workers/register-main.js", [dir], {
    ...context.env,
    SLIPWAY_HOME: context.config.home,
  });
  return answer as unknown as Registration;
}

/** The registration in one line. */
export function registrationText(registered: Registration): string {
  const commit = registered.commit === undefined ? "" : `, commit ${registered.commit.slice(0, 12)}`;
  return `Registered pipeline ${registered.pipeline}, revision ${registered.revision} (${shortDigest(registered.digest)}${commit}).`;
}
