import { Client, Connection } from "@temporalio/client";
import { loadClientConnectConfig } from "@temporalio/envconfig";
import { NativeConnection } from "@temporalio/worker";
import { fileURLToPath } from "node:url";

/** Same converter everywhere: what one side cannot read must not stop another. */
export const payloadConverterPath: string = fileURLToPath(
  new URL("../workflows/payload-converter.js", import.meta.url),
);

export interface TemporalConnections {
  readonly client: Client;
  readonly native: NativeConnection;
  readonly namespace: string;
  close(): Promise<void>;
}

/** Connects a worker's two halves by the same profiles and variables as the `temporal` command. */
export async function connectTemporal(): Promise<TemporalConnections> {
  const { connectionOptions, namespace = "default" } = loadClientConnectConfig();
  const native = await NativeConnection.connect(connectionOptions);
  const connection = await Connection.connect(connectionOptions);
  const client = new Client({ connection, namespace, dataConverter: { payloadConverterPath } });
  return {
    client,
    native,
    namespace,
    async close() {
      await connection.close();
      await native.close();
    },
  };
}
