"""A lying provider: it forwards requests to an honest one and changes the answers. It supports browsers (CORS)."""

import http.server
import json
import threading
import urllib.request


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        pass  # a client that receives too much closes the connection


class Served:
    """An HTTP server on a port that the system chooses; it runs as long as its context."""

    def __init__(self, handler):
        self.server = _Server(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Liar(Served):
    """lie(method, params, result, ask) returns the result to answer with; ask(method, *params) asks the honest
    provider. If it returns bytes, they are the whole answer; if it raises, the answer is HTTP 500. `answer` has the
    answers by request, except those that are not JSON-RPC or have no bytes."""

    def __init__(self, rpc, lie):
        self.rpc, self.lie, self.answers = rpc, lie, {}
        super().__init__(self._handler())

    def _honest(self, method, *params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        http_request = urllib.request.Request(self.rpc, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(http_request, timeout=300) as reply:
            return json.load(reply).get("result")

    def _answer(self, request):
        method, params = request["method"], request["params"]
        answer = self.lie(method, params, self._honest(method, *params), self._honest)
        if isinstance(answer, bytes):
            return answer
        if "\\ud" not in json.dumps(answer):
            self.answers[method + " " + json.dumps(params, separators=(",", ":"))] = answer
        return json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": answer}).encode()

    def _handler(self):
        liar = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _send(self, status, body):
                self.send_response(status)
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Access-Control-Allow-Headers", "content-type")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_OPTIONS(self):
                self._send(204, b"")

            def do_POST(self):
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                try:
                    status, body = 200, liar._answer(request)
                except Exception:
                    status, body = 500, b"{}"
                self._send(status, body)

            def log_message(self, *_):
                pass

        return Handler
