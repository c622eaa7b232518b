import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { SlipwayError } from "../domain/errors.ts";
import { errorCodeOf } from "./error-code.ts";
import { readVolatileJson } from "./json-file.ts";
import { serversFolder, type ServerState } from "./server-record.ts";
import { stateFolder } from "./state-folder.ts";

/** Below the range from which Linux takes the ports of outgoing connections. */
const FIRST_PORT = 20_000;
const PORT_COUNT = 10_000;

/**
 * A free port of the loopback interface for a server: the one it had before, else the first free one from a place that
 * its name decides, so that servers that start at once do not all try the same.
 *
 * @throws {SlipwayError} `backend.unavailable` when none of the 10,000 is free
 */
export async function choosePort(home: string, name: string, before: number | undefined): Promise<number> {
  if (before !== undefined && (await isFree(before))) return before;
  const taken = await portsOfOthers(home, name);
  const first = createHash("sha256").update(name).digest().readUInt32BE(0) % PORT_COUNT;
  for (let tried = 0; tried < PORT_COUNT; tried += 1) {
    const port = FIRST_PORT + ((first + tried) % PORT_COUNT);
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new SlipwayError("backend.unavailable", "There is no free port from 20000 to 29999. Stop what uses them.");
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ port, host: "127.0.0.1", exclusive: true });
    await once(server, "listening");
  } catch (error) {
    if (["EADDRINUSE", "EACCES"].includes(errorCodeOf(error) ?? "")) return false;
    throw error;
  }
  server.close();
  await once(server, "close");
  return true;
}

/** Also those of servers that are down at this moment and will come back. */
async function portsOfOthers(home: string, name: string): Promise<ReadonlySet<number>> {
  const ports = new Set<number>();
  for (const other of await readdir(serversFolder(home))) {
    const state = await readVolatileJson<ServerState>(stateFolder(join(serversFolder(home), other)).state);
    if (other !== name && state && "port" in state) ports.add(state.port);
  }
  return ports;
}
