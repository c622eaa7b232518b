"""
Open Inference Protocol v2 over HTTP, with the standard library.

A request carries one tensor per feature, each of shape [n] for n people; the answer carries `probability` and `label`
of shape [n]. Connections are kept alive. SIGTERM stops listening and lets the requests under way finish.
"""

import json
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LONGEST_BODY_BYTES = 8 * 2**20
LONGEST_FAREWELL_SECONDS = 10


class Refused(Exception):
    """A request that cannot be answered; `status` is its HTTP status."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def serve(name, version, port, features, predict):
    """
    Answers requests on 127.0.0.1 until SIGTERM or SIGINT.

    `predict` gives the probability for one person: a dict of feature to whole number. Port 0 takes a free port; the
    address is printed.
    """

    class Handler(_Handler):
        model = _Model(name, version, features, predict)

    server = _Server(("127.0.0.1", port), Handler)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"Serving {name} {version} at http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever(poll_interval=0.05)
    server.socket.close()
    finished = server.wait_until_idle(LONGEST_FAREWELL_SECONDS)
    os._exit(0 if finished else 1)  # idle connections are kept by threads that wait for ever


class _Model:
    def __init__(self, name, version, features, predict):
        self.name, self.version, self.features, self.predict = name, version, features, predict

    def metadata(self):
        return {
            "name": self.name,
            "versions": [self.version],
            "platform": "slipway-example",
            "inputs": [{"name": feature, "datatype": "INT64", "shape": [-1]} for feature in self.features],
            "outputs": [
                {"name": "probability", "datatype": "FP64", "shape": [-1]},
                {"name": "label", "datatype": "INT64", "shape": [-1]},
            ],
        }

    def infer(self, request):
        people = self._people(request)
        probabilities = [self.predict(person) for person in people]
        labels = [1 if probability >= 0.5 else 0 for probability in probabilities]
        answer = {
            "model_name": self.name,
            "model_version": self.version,
            "outputs": [
                {"name": "probability", "datatype": "FP64", "shape": [len(people)], "data": probabilities},
                {"name": "label", "datatype": "INT64", "shape": [len(people)], "data": labels},
            ],
        }
        return {**answer, "id": request["id"]} if "id" in request else answer

    def _people(self, request):
        inputs = request.get("inputs") if isinstance(request, dict) else None
        if not isinstance(inputs, list) or not all(isinstance(tensor, dict) for tensor in inputs):
            raise Refused(400, "The request needs `inputs`, a list of tensors.")
        columns = {tensor.get("name"): tensor.get("data") for tensor in inputs}
        missing = [feature for feature in self.features if feature not in columns]
        if missing:
            raise Refused(400, f"Tensors are missing: {', '.join(missing)}.")
        for feature in self.features:
            _check_data(feature, columns[feature], len(columns[self.features[0]] or ()))
        return [dict(zip(self.features, values)) for values in zip(*(columns[feature] for feature in self.features))]


def _check_data(feature, data, count):
    if not isinstance(data, list) or len(data) == 0 or len(data) != count:
        raise Refused(400, f"`data` of {feature} must be a flat list, as long as that of every other tensor.")
    if not all(type(value) is int for value in data):
        raise Refused(400, f"`data` of {feature} must hold whole numbers only.")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address, handler):
        super().__init__(address, handler)
        self._busy = 0
        self._changed = threading.Condition()

    def busy(self, change):
        with self._changed:
            self._busy += change
            self._changed.notify_all()

    def wait_until_idle(self, seconds):
        with self._changed:
            return self._changed.wait_for(lambda: self._busy == 0, timeout=seconds)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 2**16  # head and body leave in one packet

    def handle_one_request(self):
        self._counted = False
        try:
            super().handle_one_request()
        finally:
            if self._counted:
                self.server.busy(-1)

    def parse_request(self):
        self._counted = True  # under way from its first line on; an idle connection is not
        self.server.busy(+1)
        return super().parse_request()

    def handle_expect_100(self):
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def do_GET(self):
        model, path = self.model, self._model_path()
        if self.path in ("/v2/health/live", "/v2/health/ready") or path == "/ready":
            self._answer(200, {"ready": True})
        elif self.path == "/v2":
            self._answer(200, {"name": "slipway-example", "version": "1", "extensions": []})
        elif path == "":
            self._answer(200, model.metadata())
        else:
            self._answer(404, {"error": f"Nothing at {self.path}."})

    def do_POST(self):
        try:
            body = self._body()
            if self._model_path() != "/infer":
                raise Refused(404, f"Nothing at {self.path}; infer with POST /v2/models/{self.model.name}/infer.")
            self._answer(200, self.model.infer(_parsed(body)))
        except Refused as refused:
            self._answer(refused.status, {"error": str(refused)})

    def _model_path(self):
        """What follows this model's own path, with or without its version; None for any other path."""
        own = f"/v2/models/{self.model.name}"
        for prefix in (f"{own}/versions/{self.model.version}", own):
            if self.path == prefix or self.path.startswith(f"{prefix}/"):
                return self.path[len(prefix) :]
        return None

    def _body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            try:
                return b"".join(self._chunks())
            except ValueError as error:
                self.close_connection = True
                raise Refused(400, "The chunked body is malformed.") from error
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            self.close_connection = True
            raise Refused(411, "The request needs a Content-Length.")
        self._check_size(int(length))
        return self.rfile.read(int(length))

    def _chunks(self):
        total = 0
        while size := int(self.rfile.readline().split(b";")[0], 16):
            total += size
            self._check_size(total)
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline() not in (b"\r\n", b"\n", b""):
            pass

    def _check_size(self, size):
        if size > LONGEST_BODY_BYTES:
            self.close_connection = True
            raise Refused(413, f"The body is longer than {LONGEST_BODY_BYTES} bytes.")

    def _answer(self, status, document):
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format, *values):
        """Quiet: the gateway counts requests."""


def _parsed(body):
    try:
        return json.loads(body)
    except ValueError as error:
        raise Refused(400, f"The body is not JSON: {error}.") from error
