import { setTimeout as sleep } from "node:timers/promises";
import getPort, { clearLockedPorts } from "get-port";

const HOST = "127.0.0.1";
const PATIENCE_MS = 500;
const LOOK_EVERY_MS = 25;

/**
 * A free port on the loopback interface: the first of `wanted` that is free, else any.
 * `moved` tells that not even the first choice could be had. Another process may still take it before it is bound.
 */
export async function choosePort(
  wanted: readonly [number, ...number[]],
  exclude: readonly number[] = [],
): Promise<{ readonly port: number; readonly moved: boolean }> {
  const [first] = wanted;
  // The threads of a killed process end a little after it, and its sockets with the last of them.
  const deadlineMs = exclude.includes(first) ? 0 : Date.now() + PATIENCE_MS;
  for (;;) {
    const port = await freePort(wanted, exclude);
    if (port === first || Date.now() > deadlineMs) return { port, moved: port !== first };
    await sleep(LOOK_EVERY_MS);
  }
}

async function freePort(wanted: readonly number[], exclude: readonly number[]): Promise<number> {
  // The library remembers ports it gave out; a part that restarts wants the very port it had.
  clearLockedPorts();
  return getPort({ port: wanted, host: HOST, exclude });
}
