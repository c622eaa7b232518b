// One at a time, across processes: the lock is an open socket, so that it ends with its holder however that dies.
import { createHash } from "node:crypto";
import { unlinkSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Runs `work` while holding the lock of this name. When another process holds it, calls `onWait` once and waits.
 * @param {string} name
 * @param {() => void} onWait
 * @param {() => Promise<void>} work
 */
export async function withLock(name, onWait, work) {
  const address = addressOf(name);
  let told = false;
  for (;;) {
    const server = await listen(address);
    if (server) {
      try {
        return await work();
      } finally {
        server.close();
      }
    }
    if (!told) onWait();
    told = true;
    await untilReleased(address);
  }
}

/** Linux has abstract sockets, which leave no file behind; elsewhere it is a file that a dead holder may leave. */
function addressOf(name) {
  const short = createHash("sha256").update(name).digest("hex").slice(0, 24);
  return process.platform === "linux" ? `\0slipway-${short}` : join(tmpdir(), `slipway-${short}.sock`);
}

function listen(address) {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.unref());
    server.once("error", (error) => (error.code === "EADDRINUSE" ? resolve(undefined) : reject(error)));
    server.listen(address, () => resolve(server.unref()));
  });
}

function untilReleased(address) {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once("error", (error) => {
      if (error.code === "ECONNREFUSED" && !address.startsWith("\0")) unlinkSync(address);
      resolve();
    });
    socket.once("close", resolve);
  });
}
