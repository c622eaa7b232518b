import { join } from "node:path";
import { shortName } from "../digest.ts";
import type { Digest } from "../domain/json.ts";
import type { ServerSpec } from "../serving/server.ts";

/** A model server as its supervisor finds it. */
export interface ServerRecord {
  readonly kind: "server";
  readonly name: string;
  readonly uid: string;
  readonly specDigest: Digest;
  readonly spec: ServerSpec;
  readonly createdAtMs: number;
  /** Absolute: the folder of all state, which holds servers, artifacts and environments. */
  readonly home: string;
}

/** What a server is doing now. `port` stays the same as long as nobody else takes it. */
export type ServerState =
  | { readonly phase: "preparing" | "failed"; readonly message: string }
  | {
      readonly phase: "running";
      readonly port: number;
      /** How often it was started again after it had ended by itself. */
      readonly restarts: number;
      readonly startedAtMs: number;
      readonly process: { readonly pid: number; readonly startTime: string };
    }
  | { readonly phase: "restarting"; readonly port: number; readonly restarts: number; readonly message: string };

/** What the processes of a server are known by. */
export function fenceOfServer(record: ServerRecord): string {
  return `server.${record.uid}`;
}

/** The name of a server, a function of its endpoint and its version alone. */
export function serverName({ environment, endpoint, modelVersion, model }: ServerSpec): string {
  return `slipway-${shortName([environment, endpoint, modelVersion, model], 20)}`;
}

/** The folder that holds the state folders of all servers. */
export function serversFolder(home: string): string {
  return join(home, "servers");
}
