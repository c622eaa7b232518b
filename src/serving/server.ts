import type { Digest } from "../domain/json.ts";

/** A model server to run: the serving command of a version over its files. */
export interface ServerSpec {
  readonly environment: string;
  readonly endpoint: string;
  readonly modelVersion: string;
  /** Digest of the version's file manifest; it lies at SLIPWAY_MODEL_DIR. */
  readonly model: Digest;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly code?: Digest;
  readonly pythonRequirements?: string;
  /** HTTP path that answers 200 when the server is ready, such as `/v2/health/ready`. */
  readonly readyPath: string;
  readonly startTimeoutMs: number;
}

export interface ServerHandle {
  readonly backend: string;
  readonly name: string;
  readonly uid: string;
}

export type ServerObservation =
  | { readonly phase: "starting"; readonly message: string }
  /** `address` is a base URL without a trailing slash. */
  | { readonly phase: "ready"; readonly address: string; readonly restarts: number }
  | {
      readonly phase: "unhealthy";
      readonly address?: string;
      readonly message: string;
      readonly restarts: number;
    }
  | { readonly phase: "gone" };

/** Runs model servers that outlive whoever started them. Every method may be called twice. */
export interface ServerRunner {
  /** Finds or starts the server under a name derived from environment, endpoint and version. */
  ensure(spec: ServerSpec): Promise<ServerHandle>;
  observe(handle: ServerHandle): Promise<ServerObservation>;
  /** Stops it after letting it finish what it is answering, at most `graceMs`. Not an error when it is gone. */
  delete(handle: ServerHandle, graceMs: number): Promise<void>;
  /** All servers of one endpoint, dead ones included. */
  list(
    environment: string,
    endpoint: string,
  ): Promise<readonly { readonly handle: ServerHandle; readonly modelVersion: string }[]>;
}
