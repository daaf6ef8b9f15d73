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

from node import BADGE, BADGED, WAIT_S
from scene import ROOT, badge

SAMPLES = ROOT / "tests" / "samples"
BADGE_IMAGE, CREDENTIAL = SAMPLES / "badge.png", SAMPLES / "open-badge.json"
DIGEST = "ab" * 32
NOBODY = "http://127.0.0.1:1"
ACCOUNT = "0x00000000000000000000000000000000000000aa"
YES, NO, USAGE, UNREACHABLE = 0, 1, 2, 3


class FakeServer:
    """Answers requests by a function (method, path, body) → (status, value), and records them."""

    def __init__(self, answer):
        asked = self.asked = []

        class Handler(BaseHTTPRequestHandler):
            def reply(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked.append((self.command, self.path))
                status, value = answer(self.command, self.path, body)
                text = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json" if status < 400 else "application/problem+json")
                self.send_header("Content-Length", str(len(text)))
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
        self.badge(UNREACHABLE, "verify", BADGE_IMAGE, message="--rpc URL")
        alone = shutil.copy(CREDENTIAL, self.folder)
        self.badge(UNREACHABLE, "verify", alone, message="--receipt FILE")
        self.badge(UNREACHABLE, "verify", alone, "--rpc", NOBODY, message="connection refused")

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
