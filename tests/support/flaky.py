"""A flaky provider: a proxy between a node and its chain. At random it drops a request, loses the response to a request
that it forwarded, delays a response, returns an error, or truncates a body.

    with Flaky(scene.rpc, seed=1) as flaky:
        settings["chain.rpc"] = flaky.url
"""

import http.client
import http.server
import random
import threading
import time
from collections import Counter
from urllib.parse import urlsplit

FAULTS = ("drop", "lose", "delay", "busy", "limit", "cut", "html")
TIMEOUT_S = 300


class Flaky:
    def __init__(self, upstream, seed, rate=0.15):
        self.upstream, self.rate, self.counts = urlsplit(upstream).netloc, rate, Counter()
        self._rng, self._lock = random.Random(seed), threading.Lock()
        flaky = self

        class Handler(_Handler):
            owner = flaky

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def calm(self):
        """Stops all faults."""
        self.rate = 0

    def choose(self):
        """The fault of the next request, and its delay."""
        with self._lock:
            fault = self._rng.choice(FAULTS) if self._rng.random() < self.rate else "pass"
            self.counts[fault] += 1
            return fault, self._rng.uniform(0.1, 2)

    def __str__(self):
        passed = self.counts["pass"]
        return f"{passed} requests passed; " + ", ".join(f"{n} {name}" for name, n in sorted(self.counts.items())
                                                        if name != "pass")


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # the node has died


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner = None

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fault, delay_s = self.owner.choose()
        if fault == "drop":
            self.close_connection = True
        elif fault == "busy":
            self.answer(503, b"overloaded", "text/plain", {"Retry-After": "1"})
        elif fault == "limit":
            self.answer(429, b'{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"limit exceeded"}}')
        elif fault == "html":
            self.answer(502, b"<html><body>Bad Gateway</body></html>", "text/html")
        else:
            if fault == "delay":
                time.sleep(delay_s)
            self.forward(body, fault)

    def forward(self, body, fault):
        upstream = http.client.HTTPConnection(self.owner.upstream, timeout=TIMEOUT_S)
        try:
            upstream.request("POST", "/", body, {"Content-Type": "application/json"})
            reply = upstream.getresponse()
            answer = reply.read()
        except (OSError, http.client.HTTPException):
            self.close_connection = True  # the chain itself is unreachable
            return
        finally:
            upstream.close()
        if fault == "lose":
            self.close_connection = True
        else:
            self.answer(reply.status, answer, cut=fault == "cut")

    def answer(self, status, body, media_type="application/json", headers=(), cut=False):
        try:
            self.send_response(status)
            for name, value in dict(headers).items():
                self.send_header(name, value)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if cut else body)
            self.close_connection = self.close_connection or cut
        except OSError:
            self.close_connection = True  # the node has died
