import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { shortName } from "../digest.ts";
import { errorCodeOf } from "./error-code.ts";

const RETRY_MS = 10;

/** Gives the lock back; whoever waits is woken. */
export type Unlock = () => Promise<void>;

/**
 * Waits for a lock that all processes of this machine respect, by a listening socket in Linux's abstract namespace
 * (unix(7)): the kernel allows one listener a name and frees it at the holder's death, so no lock is ever left behind.
 *
 * @param parts name the lock, such as an absolute folder and a purpose
 * @throws the signal's reason when it aborts while waiting
 */
export async function lockOnHost(parts: readonly string[], signal?: AbortSignal): Promise<Unlock> {
  const path = `\0slipway-${shortName(parts, 40)}`;
  for (;;) {
    signal?.throwIfAborted();
    const unlock = await tryListen(path);
    if (unlock !== undefined) return unlock;
    await holderGone(path, signal);
  }
}

/** Takes the lock when it is free; undefined when another process (or this one) has it. */
export function tryLockOnHost(parts: readonly string[]): Promise<Unlock | undefined> {
  return tryListen(`\0slipway-${shortName(parts, 40)}`);
}

async function tryListen(path: string): Promise<Unlock | undefined> {
  const waiting = new Set<Socket>();
  const server = createServer((socket) => {
    waiting.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => waiting.delete(socket));
  });
  try {
    server.listen({ path });
    await once(server, "listening");
  } catch (error) {
    if (errorCodeOf(error) === "EADDRINUSE") return undefined;
    throw error;
  }
  return () => release(server, waiting);
}

async function release(server: Server, waiting: ReadonlySet<Socket>): Promise<void> {
  const closed = once(server, "close");
  server.close();
  for (const socket of waiting) socket.destroy();
  await closed;
}

/** The connection lives as long as the holder keeps the lock. A refused one means that it has just been given back. */
async function holderGone(path: string, signal: AbortSignal | undefined): Promise<void> {
  const socket = connect({ path });
  const closed = new Promise<boolean>((resolve) => socket.once("close", resolve));
  socket.on("error", () => socket.destroy());
  const abandon = () => socket.destroy();
  signal?.addEventListener("abort", abandon);
  if (signal?.aborted === true) abandon();
  socket.resume();
  if (await closed) await delay(RETRY_MS);
  signal?.removeEventListener("abort", abandon);
}
