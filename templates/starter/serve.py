"""Serves the model by Open Inference Protocol v2: POST /v2/models/NAME/infer with rows of kilometres, parcels, rain."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from delivery import probability_late

WEIGHTS = json.loads((Path(os.environ.get("SLIPWAY_MODEL_DIR", "output")) / "model.json").read_text())
NAME = os.environ.get("SLIPWAY_MODEL_NAME", "deliveries")
VERSION = os.environ.get("SLIPWAY_MODEL_VERSION", "0")


def infer(request):
    data = request["inputs"][0]["data"]
    rows = [data[start : start + 3] for start in range(0, len(data), 3)]
    answers = [probability_late(WEIGHTS, row) for row in rows]
    tensor = {"name": "probability", "datatype": "FP64", "shape": [len(answers)], "data": answers}
    return {"model_name": NAME, "model_version": VERSION, "id": request.get("id", ""), "outputs": [tensor]}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open
    disable_nagle_algorithm = True

    def do_GET(self):
        known = self.path in ("/v2/health/live", "/v2/health/ready", f"/v2/models/{NAME}/ready")
        self.answer(200 if known else 404, {"ready": known})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != f"/v2/models/{NAME}/infer":
            return self.answer(404, {"error": f"Nothing at {self.path}."})
        try:
            self.answer(200, infer(json.loads(body)))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            self.answer(400, {"error": f"Not a request for this model: {error!r}."})

    def answer(self, status, document):
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


ThreadingHTTPServer.request_queue_size = 128
ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("SLIPWAY_PORT", "8080"))), Handler).serve_forever()
