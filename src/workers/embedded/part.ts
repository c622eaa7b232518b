import type { Digest } from "../../domain/json.ts";
import type { ProcessIdentity } from "../../supervisor/process-identity.ts";
import type { Report } from "./stack-event.ts";

/** The processes that `up` starts and watches, in the order of starting. */
export const PART_NAMES = ["postgres", "temporal", "gateway", "worker"] as const;
export type PartName = (typeof PART_NAMES)[number];

/** Content of `run/<part>.json`: which process it is, where it listens and how it was set. Holds no secret. */
export interface PartRecord extends ProcessIdentity {
  readonly part: PartName;
  readonly startedAtMs: number;
  /** Absent until it really serves. */
  readonly readyAtMs?: number;
  /** Present once the stack has stopped it. */
  readonly stoppedAtMs?: number;
  readonly port?: number;
  /** Of the gateway. */
  readonly adminPort?: number;
  /** Of Temporal's web UI. */
  readonly uiPort?: number;
  /** Digest of the command, environment and build it was started with; one started otherwise is not adopted. */
  readonly settings: Digest;
}

/** Where everything is, once it runs. URLs have no trailing slash. */
export interface StackAddresses {
  /** host:port */
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly temporalCli: string;
  readonly uiUrl: string;
  /** Holds the database's password. */
  readonly databaseUrl: string;
  readonly gatewayUrl: string;
  readonly gatewayAdminUrl: string;
}

/** What a part is handed when it starts. */
export interface PartContext {
  readonly home: string;
  /** The surroundings of every process: PATH, HOME … */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of the parts it needs; those are running. */
  readonly addresses: Partial<StackAddresses>;
  /** What `run/<part>.json` says of the run before: its ports are wanted again. */
  readonly previous: PartRecord | undefined;
  readonly report: Report;
  /** Writes `run/<part>.json`; called as soon as the process exists and again when it serves. */
  readonly record: (record: PartRecord) => void;
  /** Aborted when the stack stops. */
  readonly signal: AbortSignal;
}

export interface RunningPart {
  readonly record: PartRecord;
  /** Was it found running, rather than started? */
  readonly adopted: boolean;
  readonly addresses: Partial<StackAddresses>;
}

/** One process of the stack. */
export interface Part {
  readonly name: PartName;
  /** The parts whose addresses it is started with: when those move, it starts anew. */
  readonly needs: readonly PartName[];
  /** Which signal asks it to stop, and how long it may take. */
  readonly stop: { readonly ask: "SIGTERM" | "SIGINT"; readonly graceMs: number };
  /**
   * Finds it running healthy (pid, start time, settings and a health check) or starts it; returns once it serves.
   * @throws {SlipwayError} `backend.unavailable` when it does not come up, with the end of its log
   */
  start(context: PartContext): Promise<RunningPart>;
}
