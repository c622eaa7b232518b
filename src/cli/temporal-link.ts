import type { Client } from "@temporalio/client";
import type { loadClientConnectConfig } from "@temporalio/envconfig";
import { SlipwayError } from "../domain/errors.ts";
import { localPerson } from "./person.ts";
import type { Environment } from "./stack-environment.ts";
import { toSlipwayError } from "./temporal-failure.ts";

/** The longest one call to the Temporal server may take. */
const CALL_DEADLINE_MS = 5_000;

/** A connection that is opened by the first call and mends itself after an outage. */
export interface TemporalLink {
  readonly address: string;
  readonly namespace: string;
  /**
   * Makes calls within a deadline.
   * @throws {SlipwayError} `backend.unavailable` when the server or a worker does not answer in time, `release.not-found`
   */
  readonly ask: <T>(work: (client: Client) => Promise<T>, deadlineMs?: number) => Promise<T>;
  readonly close: () => Promise<void>;
}

/**
 * Prepares a connection with the settings that the `temporal` CLI would use (TEMPORAL_ADDRESS, TEMPORAL_PROFILE, the
 * configuration file …). Nothing is sent yet.
 * @throws {SlipwayError} `input.invalid` when those settings cannot be read
 */
export async function openTemporal(env: Environment): Promise<TemporalLink> {
  // These packages take a third of a second to load, which commands that never call the server need not pay.
  const [{ Client, Connection }, envconfig] = await Promise.all([
    import("@temporalio/client"),
    import("@temporalio/envconfig"),
  ]);
  const settings = readSettings(env, envconfig.loadClientConnectConfig);
  const address = settings.connectionOptions.address ?? "localhost:7233";
  const namespace = settings.namespace ?? "default";
  const connection = Connection.lazy({ ...settings.connectionOptions, address, connectTimeout: CALL_DEADLINE_MS });
  const client = new Client({ connection, namespace, identity: `slipway-cli:${localPerson()}` });
  return {
    address,
    namespace,
    ask: async (work, deadlineMs = CALL_DEADLINE_MS) => {
      try {
        return await client.withDeadline(Date.now() + deadlineMs, () => work(client));
      } catch (error) {
        throw toSlipwayError(error, { address, namespace });
      }
    },
    close: () => connection.close(),
  };
}

function readSettings(
  env: Environment,
  load: typeof loadClientConnectConfig,
): ReturnType<typeof loadClientConnectConfig> {
  const defined = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  try {
    return load({ overrideEnvVars: Object.fromEntries(defined) });
  } catch (error) {
    throw new SlipwayError(
      "input.invalid",
      `The Temporal connection settings cannot be read: ${error instanceof Error ? error.message : String(error)}. Check TEMPORAL_PROFILE and the file that \`temporal config list\` shows.`,
      {},
      error,
    );
  }
}
