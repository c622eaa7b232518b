import getPort, { clearLockedPorts } from "get-port";

const HOST = "127.0.0.1";

/**
 * A free port on the loopback interface: the first of `wanted` that is free, else any.
 * `moved` tells that not even the first choice could be had. Another process may still take it before it is bound.
 */
export async function choosePort(
  wanted: readonly [number, ...number[]],
  exclude: readonly number[] = [],
): Promise<{ readonly port: number; readonly moved: boolean }> {
  // The library remembers ports it gave out; a part that restarts wants the very port it had.
  clearLockedPorts();
  const port = await getPort({ port: wanted, host: HOST, exclude });
  return { port, moved: port !== wanted[0] };
}
