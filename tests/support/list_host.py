"""A host of status lists on this machine: an HTTPS server with its own certificate, which answers what a test has put at
a path, and counts the requests.
"""

import base64
import gzip
import hashlib
import http.server
import ssl
import subprocess
import threading
from pathlib import Path

from node import WAIT_S

N_BITS = 131072  # the fewest that Bitstring Status List 1.0 allows


def compressed(ones=(), n_bits=N_BITS):
    """gzip of a bit string, most significant bit first."""
    bits = bytearray(n_bits // 8)
    for index in ones:
        bits[index // 8] |= 0x80 >> index % 8
    return gzip.compress(bytes(bits), mtime=0)


def encoded(data):
    return "u" + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def list_of(url, issuer, data, purpose="revocation", **more):
    """A Bitstring Status List of these gzip bytes, without a proof."""
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": url + "#list", "type": "BitstringStatusList", "statusPurpose": purpose,
                              "encodedList": encoded(data)},
    } | more


def entry_of(url, index, purpose="revocation", **more):
    return {"id": f"{url}#{index}", "type": "BitstringStatusListEntry", "statusPurpose": purpose,
            "statusListIndex": str(index), "statusListCredential": url} | more


class ListHost:
    """A context manager. asked counts the requests by path; chromium trusts the host by public_key_hash."""

    def __init__(self, folder):
        self.certificate, key = Path(folder) / "list-host.pem", Path(folder) / "list-host.key"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                   "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out",
                   self.certificate]
        subprocess.run(command, check=True, capture_output=True, timeout=30)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(self.certificate, key)
        public = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], check=True,
                                capture_output=True, timeout=30).stdout
        self.public_key_hash = base64.b64encode(hashlib.sha256(public).digest()).decode()
        self.answers, self.asked = {}, {}
        self.quiet = threading.Event()
        self.server = self._listen()
        self.origin = f"https://localhost:{self.server.server_address[1]}"

    def url(self, path):
        return f"{self.origin}/{path}"

    def put(self, path, body, status=200, media="application/vc", silent=False, **headers):
        """What the path answers from now on; headers with _ in the place of -. silent: it never answers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (body, status, named | ({"Content-Type": media} if media else {}), silent)
        return self.url(path)

    def _listen(self):
        host = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path = self.path.removeprefix("/")
                host.asked[path] = host.asked.get(path, 0) + 1
                body, status, headers, silent = host.answers.get(path, (b"", 404, {}, False))
                if silent:
                    host.quiet.wait(WAIT_S)
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def finish_request(self, request, address):
                request.settimeout(WAIT_S)
                with host.tls.wrap_socket(request, server_side=True) as request:
                    super().finish_request(request, address)

            def handle_error(self, *_):
                pass  # clients that close the connection

        return Server(("127.0.0.1", 0), Handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.quiet.set()
        self.server.shutdown()
        self.server.server_close()
