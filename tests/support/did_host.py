"""Hosts of DID documents on this machine: an HTTPS server with its own certificate authority and a document of every
kind, a server without TLS, and a port where no server listens.
"""

import base64
import hashlib
import http.server
import json
import socket
import ssl
import subprocess
import threading
from pathlib import Path

from node import WAIT_S


OTHER_KEY = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"  # that of an example of the did:key method
MEDIA_TYPES = {"html": "text/html", "no-type": None, "bytes": "application/octet-stream", "plain-json": "application/json",
               "with-charset": "application/did+json; charset=utf-8"}


class DidHost:
    """The last part of a DID is the kind of its document; a valid one has the account, and the key if there is one (a
    Multikey's publicKeyMultibase). That of "records-all" has the service BadgeRegistry, of this contract. "domain" is the DID without a path, "https-id" is not a DID but the document's URL.
    asked counts requests by kind."""

    def __init__(self, folder, account, chain_id, key=None, contract=None):
        self.folder, self.account, self.chain_id, self.key = Path(folder), account, chain_id, key
        self.contract = contract
        self.asked = {}
        self._make_certificate()
        self.server = self._listen(tls=True)
        self.plain = self._listen(tls=False)
        self.nobody = socket.socket()  # bound, so that no other program uses the port
        self.nobody.bind(("127.0.0.1", 0))

    def _make_certificate(self):
        self.certificate, key = self.folder / "did-host.pem", self.folder / "did-host.key"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                   "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out",
                   self.certificate]
        subprocess.run(command, check=True, capture_output=True, timeout=30)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(self.certificate, key)
        public = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], check=True,
                                capture_output=True, timeout=30).stdout
        self.public_key_hash = base64.b64encode(hashlib.sha256(public).digest()).decode()

    def did(self, kind):
        port = {"not-https": self.plain.server_address[1], "nobody": self.nobody.getsockname()[1]}.get(kind)
        host = "LOCALHOST" if kind == "upper-case" else "localhost"
        did = f"did:web:{host}%3A{port or self.server.server_address[1]}"
        if kind == "https-id":
            return f"https://localhost:{self.server.server_address[1]}/https-id/issuer"
        return did if kind == "domain" else f"{did}:{kind}"

    @property
    def hosts(self):
        """Their names with ports, as in URLs."""
        ports = (self.server.server_address[1], self.plain.server_address[1], self.nobody.getsockname()[1])
        return [f"localhost:{port}" for port in ports]

    def url(self, kind):
        if kind in ("domain", "https-id"):
            host = f"https://localhost:{self.server.server_address[1]}"
            return host + ("/.well-known/did.json" if kind == "domain" else "/https-id/issuer")
        host, _, path = self.did(kind).removeprefix("did:web:").partition(":")
        return f"https://{host.replace('%3A', ':')}/{path}/did.json"

    def document(self, kind):
        """The bytes; None for a kind that the host does not serve."""
        did = self.did(kind) if kind in ("domain", "https-id") else self.did("ok").replace(":ok", ":" + kind)  # lower case
        account = "0x" + "00" * 19 + "aa" if kind == "other-account" else self.account
        chain_id = self.chain_id + (kind == "other-chain")
        method = {"id": did + "#key", "type": "EcdsaSecp256k1RecoveryMethod2020", "controller": did,
                  "blockchainAccountId": f"eip155:{chain_id}:{account}"}
        document = {"@context": "https://www.w3.org/ns/did/v1", "id": did, "verificationMethod": [method]}
        document["authentication" if kind == "no-method" else "assertionMethod"] = [did + "#key"]
        if self.key and kind != "no-key":
            name, key = ("#other", OTHER_KEY) if kind == "other-key" else ("#sign", self.key)
            document["verificationMethod"].append(
                {"id": did + name, "type": "Multikey", "controller": did, "publicKeyMultibase": key})
            document.get("assertionMethod", []).append(did + name)
        if kind == "records-all":
            endpoint = {"chain": f"eip155:{chain_id}", "contract": self.contract, "account": account,
                        "since": "2020-01-01T00:00:00Z"}
            document["service"] = [{"id": did + "#badge-registry", "type": "BadgeRegistry", "serviceEndpoint": endpoint}]
        if kind == "other-id":
            document["id"] = self.did("ok")
        text = json.dumps(document)
        if kind == "huge":
            text += " " * 65536
        if kind == "malformed":
            text = text[:-1]
        if kind == "duplicate":
            text = text.replace('"id"', '"id": "did:web:example.com", "id"', 1)
        return None if kind in ("redirect", "huge", "missing", "forbidden", "error", "silent", "not-https", "nobody") else text.encode()

    def _listen(self, tls):
        host = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                kind = self.path.strip("/").partition("/")[0].replace(".well-known", "domain")
                host.asked[kind] = host.asked.get(kind, 0) + 1
                if kind == "silent":
                    return host.quiet.wait(WAIT_S)
                status = {"redirect": 302, "missing": 404, "forbidden": 403, "error": 500}.get(kind, 200)
                body = host.document(kind) or (host.document("ok") + b" " * 65536 if kind == "huge" else b"")
                self.send_response(status)
                if kind == "redirect":
                    self.send_header("Location", "/ok/did.json")
                if kind != "no-cors":
                    self.send_header("Access-Control-Allow-Origin", "*")
                media_type = MEDIA_TYPES.get(kind, "application/did+json")
                if media_type:
                    self.send_header("Content-Type", media_type)
                if kind == "attachment":
                    self.send_header("Content-Disposition", "attachment; filename=did.json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def finish_request(self, request, address):
                if tls:
                    request.settimeout(300)
                    with host.tls.wrap_socket(request, server_side=True) as request:
                        return super().finish_request(request, address)
                super().finish_request(request, address)

            def handle_error(self, *_):
                pass  # clients that close the connection

        return Server(("127.0.0.1", 0), Handler)

    def __enter__(self):
        self.quiet = threading.Event()
        for server in (self.server, self.plain):
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.quiet.set()
        self.nobody.close()
        for server in (self.server, self.plain):
            server.shutdown()
            server.server_close()
