// A quick model server of the Open Inference Protocol v2: a logistic score over a request's first tensor.
import { createServer } from "node:http";

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const { inputs } = JSON.parse(Buffer.concat(chunks).toString());
    const score = 1 / (1 + Math.exp(-inputs[0].data.reduce((sum, value) => sum + value * 0.01, -1)));
    const outputs = [{ name: "probability", shape: [1], datatype: "FP64", data: [score] }];
    const body = JSON.stringify({ model_name: "employment", model_version: "1", outputs });
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`));
