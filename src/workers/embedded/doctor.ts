import type { Config } from "../../config.ts";
import { messageOf } from "../../domain/errors.ts";
import { machineChecks } from "./doctor-machine.ts";
import { stackChecks } from "./doctor-stack.ts";

/** One thing that Slipway needs, and whether it is there. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, in a sentence for people. Holds no secret. */
  readonly found: string;
  /** What to do about it; present when it is not ok. */
  readonly remedy?: string;
}

/** A check that has not been made yet. It may throw: what it throws is what was found. */
export interface Examination {
  readonly name: string;
  /** What to do when it throws or is not ok. */
  readonly remedy: string;
  readonly examine: () => Promise<Finding>;
}

export interface Finding {
  readonly ok: boolean;
  readonly found: string;
}

export interface Patient {
  readonly config: Pick<Config, "home" | "databaseUrl" | "temporalCli">;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Looks at everything `up` needs on this machine, and at the stack of this home if it runs.
 * @yields each check when it has been made, in the order of what needs what
 */
export async function* examineAll(patient: Patient): AsyncGenerator<Check> {
  for (const examination of [...machineChecks(patient), ...stackChecks(patient)]) yield await made(examination);
}

async function made({ name, remedy, examine }: Examination): Promise<Check> {
  try {
    const { ok, found } = await examine();
    return { name, ok, found, ...(ok ? {} : { remedy }) };
  } catch (error) {
    return { name, ok: false, found: messageOf(error), remedy };
  }
}
