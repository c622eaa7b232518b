import type { Config } from "../config.ts";
import type { Database } from "../registry/database.ts";
import type { Output } from "./output.ts";
import type { Environment } from "./stack-environment.ts";
import type { TemporalLink } from "./temporal-link.ts";

/** All a command may use of the world. Connections open when they are first asked for. */
export interface Context {
  readonly cwd: string;
  /** The caller's environment over that of the running stack. */
  readonly env: Environment;
  /** The caller's environment alone. */
  readonly ownEnv: Environment;
  readonly config: Config;
  readonly output: Output;
  readonly input: NodeJS.ReadStream;
  /** From now on Ctrl-C and SIGTERM fire this signal instead of ending the process; a second Ctrl-C ends it. */
  readonly interruption: () => AbortSignal;
  readonly temporal: () => Promise<TemporalLink>;
  /** @throws {SlipwayError} `backend.unavailable` when no database is named or it does not answer */
  readonly registry: () => Promise<Database>;
}
