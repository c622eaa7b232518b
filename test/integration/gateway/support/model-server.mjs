// A model server of the Open Inference Protocol v2 that can be told to misbehave. Its first argument is its behaviour
// as JSON; PUT /behaviour replaces it. It says its port on standard output.
import { createHash } from "node:crypto";
import { createServer } from "node:http";

const usual = { version: "unnamed", probability: 0.5, delayMs: 0, mode: "answer", status: 500 };
let behaviour = { ...usual, ...JSON.parse(process.argv[2] ?? "{}") };
let served = 0;

const server = createServer((request, response) => {
  const chunks = [];
  if (request.url === "/early") response.writeHead(200, { "x-early": "yes" }).write("early ");
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    if (request.url === "/behaviour") {
      behaviour = { ...usual, version: behaviour.version, ...JSON.parse(body.toString()) };
      response.end();
    } else if (request.url === "/served") json(response, { served });
    else if (request.url === "/early") response.end("late");
    else {
      served += 1;
      setTimeout(() => answer(request, response, body), behaviour.delayMs);
    }
  });
  request.on("error", () => undefined);
});

function answer(request, response, body) {
  const path = new URL(request.url, "http://localhost").pathname;
  if (path === "/echo") {
    const { method, url, rawHeaders } = request;
    json(response, { method, url, rawHeaders, bytes: body.length, sha256: sha256(body), version: behaviour.version });
  } else if (path === "/stream") stream(response, behaviour.pieces ?? 3, behaviour.pieceDelayMs ?? 30);
  else if (path === "/long") response.end(Buffer.alloc(behaviour.bytes ?? 8_000_000, "x"));
  else if (behaviour.mode === "hang") return;
  else if (behaviour.mode === "destroy") request.socket.destroy();
  else if (behaviour.mode === "cut") {
    response.writeHead(200, { "content-type": "application/json", "content-length": 100 });
    response.write('{"outputs":');
    setTimeout(() => request.socket.destroy(), 10);
  } else if (behaviour.mode === "status") json(response, { error: "told to fail" }, behaviour.status);
  else json(response, predict(body));
}

/** A row with a `probability` among its inputs gets that one, so that a test can choose the answers. */
function predict(body) {
  const inputs = body.length === 0 ? undefined : JSON.parse(body.toString()).inputs;
  const data = inputs?.[0]?.data ?? [behaviour.probability];
  const probabilities = data.map((value) => (typeof value === "number" ? value : behaviour.probability));
  return {
    model_name: "employment",
    model_version: behaviour.version,
    outputs: [{ name: "probability", shape: [probabilities.length], datatype: "FP64", data: probabilities }],
  };
}

function stream(response, pieces, everyMs) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  let sent = 0;
  const timer = setInterval(() => {
    sent += 1;
    response.write(`data: ${sent}\n\n`);
    if (sent < pieces) return;
    clearInterval(timer);
    response.end();
  }, everyMs);
}

function json(response, content, status = 200) {
  const text = JSON.stringify(content);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

server.listen(Number(process.argv[3] ?? 0), "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`);
});
