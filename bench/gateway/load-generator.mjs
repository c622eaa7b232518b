// Loads an HTTP server over plain sockets, which costs little, so that the server is what is measured. Takes orders
// over the process's channel: {port, path, connections, durationMs, ratePerSecond?}; answers {answered, failed,
// latenciesMs}. Without a rate each connection asks again as soon as it is answered; with one, requests are sent when
// they are due and their latency counts from then, so that a server that stalls is not measured less often.
import { connect } from "node:net";

const BODY = JSON.stringify({
  inputs: [{ name: "features", shape: [1, 16], datatype: "FP64", data: Array.from({ length: 16 }, (_, i) => i * 1.5) }],
});

process.on("message", async (order) => process.send(await load(order)));

async function load(order) {
  const outcome = { answered: 0, failed: 0, latenciesMs: [] };
  const sockets = await Promise.all(Array.from({ length: order.connections }, () => open(order.port)));
  const endsAtMs = performance.now() + order.durationMs;
  const plan = planOf(order.ratePerSecond, endsAtMs);
  await Promise.all(sockets.map((socket) => work(socket, order.path, plan, endsAtMs, outcome)));
  for (const socket of sockets) socket.destroy();
  return outcome;
}

/** Gives each caller the moment at which the next request is due; undefined when there is none left. */
function planOf(ratePerSecond, endsAtMs) {
  if (ratePerSecond === undefined) return () => (performance.now() < endsAtMs ? performance.now() : undefined);
  let dueAtMs = performance.now();
  return () => {
    dueAtMs += 1_000 / ratePerSecond;
    return dueAtMs < endsAtMs ? dueAtMs : undefined;
  };
}

async function work(socket, path, nextDue, endsAtMs, outcome) {
  for (let dueAtMs = nextDue(); dueAtMs !== undefined; dueAtMs = nextDue()) {
    const waitMs = dueAtMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    // A timer fires up to a millisecond late; that is not the server's.
    const sentAtMs = Math.max(dueAtMs, waitMs > 0 ? performance.now() : dueAtMs);
    const status = await ask(socket, path);
    outcome.latenciesMs.push(performance.now() - sentAtMs);
    if (status === 200) outcome.answered += 1;
    else outcome.failed += 1;
  }
}

function open(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket)).setNoDelay(true);
    socket.on("error", reject);
  });
}

let keys = 0;

function ask(socket, path) {
  return new Promise((resolve) => {
    let received = "";
    const take = (chunk) => {
      received += chunk.toString("latin1");
      const endOfHead = received.indexOf("\r\n\r\n");
      if (endOfHead === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1]);
      if (received.length < endOfHead + 4 + length) return;
      socket.off("data", take);
      resolve(Number(received.slice(9, 12)));
    };
    socket.on("data", take);
    keys += 1;
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nx-person-id: person-${keys}\r\n` +
        `content-length: ${BODY.length}\r\n\r\n${BODY}`,
    );
  });
}
