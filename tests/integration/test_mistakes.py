#!/usr/bin/env python3
"""Common mistakes with `badge`: each gets a helpful message and the exit status of the manual, and changes nothing.
There is no chain and no node; a fake server answers requests.
"""

import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import keystore
import rig
from node import BADGE, BADGED, WAIT_S
from registry_client import keccak256
from rpc_server import RpcError, number, rlp_decode
from scene import ARTIFACT, ROOT, badge

SAMPLES = ROOT / "tests" / "samples"
BADGE_IMAGE, CREDENTIAL = SAMPLES / "badge.png", SAMPLES / "open-badge.json"
DIGEST = "ab" * 32
NOBODY = "http://127.0.0.1:1"
ACCOUNT = "0x00000000000000000000000000000000000000aa"
YES, NO, USAGE, UNREACHABLE = 0, 1, 2, 3


class FakeServer:
    """Answers requests by a function (method, path, body) → (status, value, headers…), and records them. A value that is
    bytes is sent as it is."""

    def __init__(self, answer):
        asked = self.asked = []

        class Handler(BaseHTTPRequestHandler):
            def reply(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked.append((self.command, self.path))
                status, value, *headers = answer(self.command, self.path, body)
                text = value if isinstance(value, bytes) else json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json" if status < 400 else "application/problem+json")
                self.send_header("Content-Length", str(len(text)))
                for header in headers:
                    self.send_header(*header)
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = reply

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def a_chain(_, __, body):
    return 200, {"jsonrpc": "2.0", "id": json.loads(body)["id"], "result": "0x7a69"}


class FakeChain(FakeServer):
    """A provider that answers each method with its result, or with an error where the result is an exception."""

    def __init__(self, **results):
        self.methods = {"eth_chainId": "0x7a69", "eth_getCode": "0x"} | results
        self.called = []
        super().__init__(self.answer)

    def answer(self, _, __, body):
        request = json.loads(body)
        self.called.append((request["method"], request["params"]))
        result = self.methods.get(request["method"], RpcError(f"no method {request['method']}", -32601))
        if isinstance(result, RpcError):
            error = {"code": result.code, "message": str(result), "data": result.data}
            return 200, {"jsonrpc": "2.0", "id": request["id"], "error": error}
        return 200, {"jsonrpc": "2.0", "id": request["id"], "result": result}


class Mistakes(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.empty = self.folder / "empty"
        self.empty.touch()
        self.token = self.folder / "token"
        self.token.write_text("badged_" + "A" * 43 + "\n")

    def serve(self, answer):
        server = FakeServer(answer)
        self.addCleanup(server.close)
        return server

    def badge(self, status, *arguments, message="", **more):
        done = badge(*arguments, check=False, **more)
        self.assertEqual(done.returncode, status, f"{arguments}: {done.stdout}{done.stderr}")
        self.assertIn(message, done.stderr)
        return done

    def unsigned(self):
        """The file of a badge that nobody signed."""
        file = self.folder / "unsigned.json"
        file.write_text(json.dumps({k: v for k, v in json.loads(CREDENTIAL.read_text()).items() if k != "proof"}))
        return file


class Output(Mistakes):
    def test_output_never_replaces_special_files(self):
        target, link = self.folder / "target", self.folder / "link"
        target.write_text("what was there before, which is longer than what comes\n" * 100)
        link.symlink_to(target)
        self.badge(YES, "unbake", BADGE_IMAGE, "-o", link)
        self.assertTrue(link.is_symlink())
        self.assertEqual(target.read_bytes(), badge("unbake", BADGE_IMAGE, text=False).stdout)

        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
        self.badge(YES, "unbake", BADGE_IMAGE, "-o", pipe)
        self.assertEqual(reader.communicate(timeout=WAIT_S)[0], target.read_bytes())
        self.assertTrue(pipe.is_fifo())

        link.unlink()
        link.symlink_to("/dev/full")
        self.badge(USAGE, "unbake", BADGE_IMAGE, "-o", link, message="No space left")

    def test_file_names_that_are_not_text(self):
        """A name in Latin-1 with a color sequence and a newline is always printed on one line."""
        name = os.fsencode(self.folder) + b"/Zeugnis f\xfcr \x1b[31mUlla\n.json"
        Path(os.fsdecode(name)).write_bytes(CREDENTIAL.read_bytes())
        shown = str(self.folder / "Zeugnis f?r ?[31mUlla?.json")
        for arguments in (("digest",), ("verify", CREDENTIAL)):
            done = subprocess.run([BADGE, *arguments, name, "--json"], capture_output=True, text=True)
            self.assertEqual(json.loads(done.stdout.splitlines()[-1])["file"], shown)
            done = subprocess.run([BADGE, *arguments, name], capture_output=True, text=True)
            self.assertIn(shown, done.stdout)
            self.assertNotIn("\x1b", done.stdout + done.stderr)

    def test_a_full_disk(self):
        for arguments in (("--help",), ("--version",), ("digest", "--help"), ("digest", CREDENTIAL),
                          ("unbake", BADGE_IMAGE)):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([BADGE, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, USAGE, arguments)
            self.assertIn("output could not be written", done.stderr)
        for flag in ("--help", "--version", "--print-config"):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([BADGED, flag], stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual((done.returncode, done.stderr), (1, "badged: the output could not be written\n"), flag)

    def test_paths_that_are_not_folders(self):
        token = ("--token-file", self.token)
        self.badge(USAGE, "submit", CREDENTIAL, "--receipts", self.empty, "--node", NOBODY, *token, message="empty")
        self.badge(USAGE, "mirror", self.empty, "--node", NOBODY, message="Not a directory")
        self.badge(USAGE, "mirror", "/nowhere/mirror", "--node", NOBODY, message="/nowhere/mirror")
        self.badge(USAGE, "token", "list", "--store", "/nowhere", message="--store")
        self.badge(USAGE, "token", "create", "--scope", "submit", "--store", "/nowhere", message="--store")

    def test_a_dash(self):
        self.badge(USAGE, "backup", "-", "--store", self.folder, message="name a file", cwd=self.folder)
        self.badge(USAGE, "restore", "-", "--store", self.folder / "new", message="name a file")
        passphrase = self.folder / "passphrase"
        passphrase.write_text("correct horse\n")
        done = self.badge(YES, "keygen", "-o", "-", "--passphrase-file", passphrase, cwd=self.folder)
        self.assertEqual(json.loads(done.stdout)["version"], 3)
        self.assertFalse((self.folder / "-").exists())


class Settings(Mistakes):
    def test_more_providers_than_a_node_asks(self):
        urls = " ".join(f"http://127.0.0.1:{port}" for port in range(1, 18))
        done = subprocess.run([BADGED, "--chain-rpc", urls, "--chain-id", "1", "--chain-issuer", "0x" + "11" * 20],
                              capture_output=True, text=True, timeout=WAIT_S)
        self.assertEqual((done.returncode, done.stderr), (USAGE, "badged: chain.rpc has 17 URLs; name at most 16\n"))


class Keys(Mistakes):
    def test_a_document_instead_of_a_key(self):
        self.badge(USAGE, "address", CREDENTIAL, message="not a Web3 Secret Storage keystore")

    def test_unreadable_key_files(self):
        """Every problem with a local file is a usage error."""
        chain = self.serve(a_chain)
        operator = ("operator", "add", ACCOUNT, "--rpc", chain.url)
        key, passphrase = self.folder / "key.json", self.folder / "passphrase"
        passphrase.write_text("correct horse\n")
        badge("keygen", "-o", key, "--passphrase-file", passphrase)
        right = ("--passphrase-file", passphrase)
        for keystore in ("/nowhere", self.folder, self.empty, CREDENTIAL):
            self.badge(USAGE, *operator, "--keystore", keystore, *right, message=str(keystore))
        for file in ("/nowhere", self.folder, self.empty):
            self.badge(USAGE, *operator, "--keystore", key, "--passphrase-file", file, message=str(file))
            self.badge(USAGE, "keygen", "-o", self.folder / "new", "--passphrase-file", file, message=str(file))
        self.badge(USAGE, "keygen", "-o", "/nowhere/new", *right, message="/nowhere/new")
        for arguments in (("keygen", "-o", self.folder / "new"), (*operator, "--keystore", key)):
            self.badge(USAGE, *arguments, message="passphrase_file", start_new_session=True)
        self.assertFalse((self.folder / "new").exists())


class Chains(Mistakes):
    BLOCK = {"number": "0x5", "hash": "0x" + "12" * 32, "timestamp": "0x6b49d200", "gasLimit": hex(1_000_000)}

    def chain(self, **results):
        chain = FakeChain(**results)
        self.addCleanup(chain.close)
        return chain

    def key(self):
        file, passphrase = self.folder / "key", self.folder / "passphrase"
        passphrase.write_text("open\n")
        keystore.write(file, rig.KEY, rig.OPERATOR, b"open")
        return ("--keystore", file, "--passphrase-file", passphrase)

    def test_urls(self):
        """A scheme has any capitals; a WebSocket is refused with what to use."""
        chain = self.chain(eth_getCode=ARTIFACT["deployedBytecode"])
        done = self.badge(YES, "deploy", "--rpc", chain.url.replace("http", "HTTP"))
        self.assertIn("already: nothing to do", done.stdout)
        for url in ("ws://127.0.0.1:8546", "WSS://provider.example/key"):
            done = self.badge(USAGE, "deploy", "--rpc", url, message="use the http or https URL of the same provider")
            self.assertNotIn("key", done.stderr)

    def test_a_redirect_is_named(self):
        answer = lambda *_: (308, b"", ("Location", "https://provider.example/v3/secret"))
        done = self.badge(UNREACHABLE, "deploy", "--rpc", self.serve(answer).url)
        self.assertIn("answered HTTP 308, a redirect to https://provider.example: name that URL", done.stderr)
        self.assertNotIn("secret", done.stderr)
        done = self.badge(UNREACHABLE, "verify", self.unsigned(), "--rpc", self.serve(answer).url)
        self.assertIn("a redirect to https://provider.example", done.stderr)
        done = self.badge(UNREACHABLE, "receipt", DIGEST, "--node", self.serve(answer).url)
        self.assertIn("a redirect to https://provider.example", done.stderr)
        answer = lambda *_: (301, b"", ("Location", "/v3/"))
        self.badge(UNREACHABLE, "deploy", "--rpc", self.serve(answer).url, message="a redirect to another path")

    def test_what_an_http_error_says(self):
        for body, said in ((b"Must be authenticated!\n", "HTTP 401: Must be authenticated!\n"),
                           (b'{"message": "invalid project id"}', "HTTP 401: invalid project id\n"),
                           (b'{"error": "no such key"}', "HTTP 401: no such key\n"),
                           (b"<html>Unauthorized</html>", "HTTP 401\n")):
            answer = lambda *_: (401, body)
            self.badge(UNREACHABLE, "deploy", "--rpc", self.serve(answer).url, message=said)

    def test_a_limit_is_no_answer(self):
        for status, code in ((429, -32000), (200, -32005), (200, 429)):
            answer = lambda _, __, body: (status, {"jsonrpc": "2.0", "id": json.loads(body)["id"],
                                                   "error": {"code": code, "message": "slow down"}})
            self.badge(UNREACHABLE, "deploy", "--rpc", self.serve(answer).url, message="slow down")

    def receipt(self):
        receipt = self.folder / "receipt.json"
        receipt.write_text(json.dumps({
            "type": "BadgeReceipt", "version": 1,
            "digest": {"algorithm": "sha-256", "canonicalization": "jcs", "value": DIGEST},
            "inclusion": {"algorithm": "RFC9162_SHA256", "salt": DIGEST, "root": DIGEST, "treeSize": 1, "leafIndex": 0,
                          "path": []},
            "anchor": {"chainId": 31337, "contract": ARTIFACT["address"], "issuer": ACCOUNT, "status": "sealed"},
        }))  # fmt: skip
        return receipt

    def test_a_head_that_is_too_old(self):
        """The sentence says the age that is allowed; a longer one is a setting."""
        seen = int(time.time()) - 7200
        chain = self.chain(eth_getBlockByNumber=self.BLOCK | {"timestamp": hex(seen)})
        for age, said in (((), "1 h"), (("--max-head-age", "90 min"), "90 min"), (("--max-head-age", "61 s"), "61 s")):
            done = self.badge(NO, "verify", self.receipt(), "--rpc", chain.url, "--chain-id", "31337", *age)
            when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seen))
            self.assertIn(f"its newest block, of {when}, is too old: the maximum head age is {said}.", done.stdout)
        more = {"env": {"BADGE_MAX_HEAD_AGE": "3 h"}}
        done = self.badge(NO, "verify", self.receipt(), "--rpc", chain.url, "--chain-id", "31337", **more)
        self.assertNotIn("too old", done.stdout)
        for age in ("0 s", "3600", "8761 h", "soon"):
            self.badge(USAGE, "verify", self.receipt(), "--max-head-age", age, message="max_head_age")

    def test_providers_are_named_once(self):
        receipt = self.receipt()
        chain = self.chain(eth_getBlockByNumber=RpcError("no blocks today"))
        busy = self.serve(lambda *_: (503, b"busy"))
        for url, said in ((chain.url, "no blocks today"), (busy.url, "answered HTTP 503: busy"), (NOBODY, "refused")):
            done = self.badge(NO, "verify", receipt, "--rpc", url, "--chain-id", "31337")
            line = next(line for line in done.stdout.splitlines() if said in line)
            self.assertEqual(line.count(url), 1, line)

    def test_a_chain_that_no_receipt_can_name(self):
        """Found before anything is spent."""
        for number in (1 << 53, 1 << 64):
            chain = self.chain(eth_chainId=hex(number))
            self.badge(NO, "deploy", "--rpc", chain.url, *self.key(), message="is above 9007199254740991")
            self.assertEqual([method for method, _ in chain.called], ["eth_chainId"])
        self.badge(NO, "audit", "--rpc", chain.url, "--issuer", ACCOUNT, "--mirror", self.folder, message="is above")
        self.badge(USAGE, "verify", BADGE_IMAGE, "--chain-id", str(1 << 53), message="chain_id")

    def deploys(self, chain):
        """The transaction that the command sends."""
        self.badge(NO, "deploy", "--rpc", chain.url, *self.key(), message="it stops here")
        raw = next(params[0] for method, params in chain.called if method == "eth_sendRawTransaction")
        return bytes.fromhex(raw[2:])

    def test_a_provider_without_a_suggested_tip(self):
        """The gas price says it; nothing is a price too; the gas limit is at most that of a block."""
        for price, tip in ((17, 10), (7, 0), (0, 0)):
            chain = self.chain(
                eth_getBlockByNumber=self.BLOCK | {"baseFeePerGas": "0x7"}, eth_gasPrice=hex(price),
                eth_getTransactionCount="0x0", eth_estimateGas=hex(950_000),
                eth_sendRawTransaction=RpcError("it stops here"))
            raw = self.deploys(chain)
            self.assertEqual(raw[0], 2)
            _, _, a_tip, fee, gas, *_ = rlp_decode(raw[1:])
            self.assertEqual([number(field) for field in (a_tip, fee, gas)], [tip, tip + 14, 1_000_000])

    def test_a_chain_without_a_price(self):
        chain = self.chain(eth_getBlockByNumber=self.BLOCK, eth_gasPrice="0x0", eth_getTransactionCount="0x0",
                           eth_estimateGas=hex(100_000), eth_sendRawTransaction=RpcError("it stops here"))
        _, price, gas, *_ = rlp_decode(self.deploys(chain))
        self.assertEqual([number(price), number(gas)], [0, 110_000])

    def test_revert_data_wherever_it_is(self):
        selector = "0x" + keccak256(b"NotOperator()")[:4].hex()
        for data in (selector, {"data": selector}, {"result": selector, "reason": None},
                     {"0x" + "12" * 32: {"error": "revert", "return": selector}, "stack": "Error"}):
            chain = self.chain(eth_getBlockByNumber=self.BLOCK, eth_gasPrice="0x0", eth_getTransactionCount="0x0",
                               eth_estimateGas=RpcError("VM Exception: revert", -32000, data))
            self.badge(NO, "deploy", "--rpc", chain.url, *self.key(), message="the registry refused it: NotOperator")

    def test_help_of_no_command(self):
        done = self.badge(USAGE, "nocommand", "--help", message="unknown command nocommand")
        self.assertEqual(done.stdout, "")
        self.badge(YES, "--help")
        self.badge(YES, "deploy", "--help")


class Nodes(Mistakes):
    def test_node_urls(self):
        for name in ("localhost:8080", "ftp://localhost", "/srv/mirror"):
            self.badge(USAGE, "receipt", DIGEST, "--node", name, message="not an http or https URL")
        stranger = self.serve(lambda *_: (404, "not a node"))
        self.badge(NO, "receipt", DIGEST, "--node", stranger.url, message="check --node")

    def test_tokens(self):
        self.badge(USAGE, "submit", CREDENTIAL, "--node", NOBODY, "--token-file", self.empty, message="is empty")

    def test_waiting_says_why_after_a_minute(self):
        credential = shutil.copy(CREDENTIAL, self.folder)
        digest = badge("digest", credential).stdout.split()[0]
        not_ready = {"ready": False, "reasons": [{"code": "fee_cap", "detail": "batch 7 waits at the fee cap"}]}
        began = time.monotonic()

        def answer(method, path, body):
            if method == "POST":
                return 201, {"digest": digest, "label": "jcs", "state": "pending"}
            if path == "/readyz":
                return 503, not_ready
            waits = time.monotonic() - began < 64
            return (202, {"digest": digest, "state": "pending"}) if waits else (400, {"detail": "enough"})

        node = self.serve(answer)
        done = self.badge(UNREACHABLE, "submit", credential, "--wait", "final", "--node", node.url, "--token-file",
                          self.token,
                          message="still waiting: the node is not ready (fee_cap): batch 7 waits at the fee cap")
        self.assertEqual([path for _, path in node.asked if path == "/readyz"], ["/readyz"])
        self.assertIn("enough", done.stderr)

    def test_nothing_to_submit(self):
        node = self.serve(lambda *_: (500, {}))
        arguments = ("submit", "--node", node.url, "--token-file", self.token)
        self.badge(NO, *arguments, self.empty, message="the file is empty")
        (self.folder / "none").mkdir()
        self.badge(USAGE, *arguments, self.folder / "none", message="no file to submit")
        self.assertEqual(node.asked, [])


class Revoking(Mistakes):
    def test_a_restored_credential_is_not_revoked_again(self):
        states = iter(("sent", "mined"))

        def answer(method, path, body):
            if method == "POST":
                return 200, {"results": [{"digest": one, "state": "requested"} for one in json.loads(body)["digests"]]}
            if path == f"/v1/credentials/{'cd' * 32}/revocation":
                return 200, {"digest": "cd" * 32, "state": "final"}
            if state := next(states, None):
                return 200, {"digest": DIGEST, "state": state}
            return 404, {"type": "urn:badged:error:not_revoked", "detail": "No revocation."}

        node = self.serve(answer)
        arguments = ("revoke", DIGEST, "cd" * 32, "--wait", "final", "--json", "--node", node.url, "--token-file",
                     self.token)
        done = self.badge(NO, *arguments, message="the issuer has undone")
        answers = {line["digest"]: line["state"] for line in map(json.loads, done.stdout.splitlines())}
        self.assertEqual(answers, {DIGEST: "undone", "cd" * 32: "final"})
        posts = [path for method, path in node.asked if method == "POST"]
        self.assertEqual(posts, ["/v1/revocations"], "it was requested more than once")

    def test_an_unknown_token(self):
        node = self.serve(lambda *_: (401, {"detail": "The token is unknown."}))
        done = self.badge(USAGE, "revoke", DIGEST, "--node", node.url, "--token-file", self.token, message="unknown")
        self.assertNotIn("again", done.stderr)


class Verifying(Mistakes):
    def test_missing_arguments(self):
        alone = self.unsigned()
        self.badge(UNREACHABLE, "verify", alone, message="--rpc URL")
        self.badge(UNREACHABLE, "verify", alone, message="--receipt FILE")
        self.badge(UNREACHABLE, "verify", alone, "--rpc", NOBODY, message="connection refused")

    def test_a_signed_badge_needs_neither(self):
        for file in (BADGE_IMAGE, shutil.copy(CREDENTIAL, self.folder)):
            self.assertEqual(self.badge(NO, "verify", file).stderr, "")

    def test_a_document_that_is_too_long(self):
        long = self.folder / "long"
        long.touch()
        os.truncate(long, (64 << 20) + 1)
        chain = self.serve(a_chain)
        text = f"{long} is longer than the limit of 64 MiB"
        self.badge(USAGE, "verify", long, "--rpc", chain.url, message=text)
        self.badge(NO, "submit", long, "--node", NOBODY, "--token-file", self.token, message=text)

    def test_audit_sources(self):
        arguments = ("audit", "--rpc", NOBODY, "--issuer", ACCOUNT)
        self.badge(USAGE, *arguments, "--mirror", "/nowhere", message="/nowhere")
        self.badge(USAGE, *arguments, "--backup", "/nowhere", message="/nowhere")
        (self.folder / "b.tar.audit").mkdir()
        (self.folder / "b.tar").touch()
        self.badge(USAGE, *arguments, "--backup", self.folder / "b.tar", message="b.tar.audit is there already")
        self.assertTrue((self.folder / "b.tar.audit").is_dir(), "the folder of another audit was removed")


if __name__ == "__main__":
    unittest.main()
